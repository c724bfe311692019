import type {Tensor} from '@tensorflow/tfjs-node';
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {createInterface, type Interface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {toPlain, type PlainTensor} from './plain.js';
import {PYTHON} from './python.js';

type Reply = {readonly outputs: Record<string, PlainTensor>} | {readonly error: string};

/** TensorFlow's own kernels and nothing else: eager tfjs, a graph and Python then give the same bits. */
export const PLAIN_KERNELS = {TF_ENABLE_ONEDNN_OPTS: '0', CUDA_VISIBLE_DEVICES: '-1'};

/**
 * Python's TensorFlow, which says what a SavedModel computes. It runs the graph as it is: with plain kernels, and without
 * the graph optimizer, which divides by multiplying and reorders products, and so rounds otherwise.
 */
export class Judge {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private readonly waiting: {resolve: (reply: Reply) => void; reject: (error: Error) => void}[] = [];
  private complaints = '';
  private readonly ended: Promise<void>;
  private isGone = false;
  /** Resolves when Python has started, which takes seconds. */
  readonly ready: Promise<unknown>;

  constructor() {
    const script = fileURLToPath(new URL('../../src/testing/judge.py', import.meta.url));
    const env = {...process.env, ...PLAIN_KERNELS, TF_CPP_MIN_LOG_LEVEL: '3'};
    this.child = spawn(PYTHON, [script], {env});
    this.child.stderr.on(
      'data',
      (chunk: Buffer) => (this.complaints = (this.complaints + chunk.toString()).slice(-4000)),
    );
    this.lines = createInterface(this.child.stdout);
    this.lines.on('line', line => this.waiting.shift()?.resolve(JSON.parse(line) as Reply));
    this.ready = this.reply();
    // Who asks it then is told by `reply`.
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise(resolve =>
      this.child.on('exit', () => {
        this.isGone = true;
        for (const {reject} of this.waiting.splice(0)) reject(this.gone());
        resolve();
      }),
    );
  }

  /** Runs a signature on tfjs tensors, or on raw values of a dtype that tfjs does not have. */
  async run(
    dir: string,
    inputs: Readonly<Record<string, Tensor | PlainTensor>>,
    signature = 'serving_default',
  ): Promise<Record<string, PlainTensor>> {
    const plain = await Promise.all(
      Object.entries(inputs).map(async ([name, tensor]) => [name, await toPlain(tensor)]),
    );
    return this.ask({dir, signature, inputs: Object.fromEntries(plain) as object});
  }

  /** The variables of a checkpoint. @param prefix as TensorFlow names it, e.g. "1/variables/variables" */
  readCheckpoint(prefix: string): Promise<Record<string, PlainTensor>> {
    return this.ask({checkpoint: prefix});
  }

  private async ask(request: object): Promise<Record<string, PlainTensor>> {
    this.child.stdin.write(`${JSON.stringify(request)}
`);
    const reply = await this.reply();
    if ('error' in reply) throw new Error(reply.error);
    return reply.outputs;
  }

  private reply(): Promise<Reply> {
    if (this.isGone) return Promise.reject(this.gone());
    return new Promise((resolve, reject) => this.waiting.push({resolve, reject}));
  }

  private gone(): Error {
    const {exitCode, signalCode} = this.child;
    return new Error(`The judge ended with ${exitCode ?? signalCode}: ${this.complaints}`);
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    await this.ended;
  }
}
