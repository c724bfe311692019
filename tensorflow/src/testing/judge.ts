import type {Tensor} from '@tensorflow/tfjs-node';
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {createInterface, type Interface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {tf} from '../native/index.js';
import {PYTHON} from './python.js';

interface PlainTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Raw bytes as base64, or each string as base64. */
  readonly data: string | readonly string[];
}
type Reply = {readonly outputs: Record<string, PlainTensor>} | {readonly error: string};

/**
 * Python's TensorFlow, which says what a SavedModel computes. It runs without oneDNN: eager tfjs does not use it, and its
 * kernels round otherwise, while everything else gives the same bits.
 */
export class Judge {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private readonly waiting: {resolve: (reply: Reply) => void; reject: (error: Error) => void}[] = [];
  private complaints = '';

  constructor() {
    const script = fileURLToPath(new URL('../../src/testing/judge.py', import.meta.url));
    const env = {...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1'};
    this.child = spawn(PYTHON, [script], {env});
    this.child.stderr.on('data', (chunk: Buffer) => (this.complaints = (this.complaints + chunk.toString()).slice(-4000)));
    this.lines = createInterface(this.child.stdout);
    this.lines.on('line', line => this.waiting.shift()?.resolve(JSON.parse(line) as Reply));
    this.child.on('exit', code => {
      for (const {reject} of this.waiting.splice(0)) reject(new Error(`The judge ended with ${code}: ${this.complaints}`));
    });
  }

  /** Runs a signature on tfjs tensors, or on raw values of a dtype that tfjs does not have. */
  async run(
    dir: string,
    inputs: Readonly<Record<string, Tensor | PlainTensor>>,
    signature = 'serving_default',
  ): Promise<Record<string, PlainTensor>> {
    const plain = await Promise.all(Object.entries(inputs).map(async ([name, tensor]) => [name, await toPlain(tensor)]));
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.waiting.push({resolve, reject});
      this.child.stdin.write(`${JSON.stringify({dir, signature, inputs: Object.fromEntries(plain) as object})}\n`);
    });
    if ('error' in reply) throw new Error(reply.error);
    return reply.outputs;
  }

  async close(): Promise<void> {
    const ended = new Promise(resolve => this.child.on('exit', resolve));
    this.child.stdin.end();
    await ended;
  }
}

/** A tensor in the form in which the judge answers, so that answers compare bit by bit. */
export async function toPlain(tensor: Tensor | PlainTensor): Promise<PlainTensor> {
  if (!(tensor instanceof tf.Tensor)) return tensor;
  if (tensor.dtype === 'string') {
    const values = (await tensor.bytes()) as Uint8Array[];
    return {dtype: 'string', shape: tensor.shape, data: values.map(value => Buffer.from(value).toString('base64'))};
  }
  const values = await tensor.data();
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  return {dtype: tensor.dtype, shape: tensor.shape, data};
}

/** Numbers of an answer, for messages and tolerances. */
export function numbersOf({dtype, data}: PlainTensor): number[] {
  const bytes = Buffer.from(data as string, 'base64');
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  switch (dtype) {
    case 'float32':
      return Array.from(new Float32Array(buffer));
    case 'int32':
      return Array.from(new Int32Array(buffer));
    case 'bool':
      return Array.from(new Uint8Array(buffer));
    default:
      throw new Error(`No numbers of ${dtype}.`);
  }
}
