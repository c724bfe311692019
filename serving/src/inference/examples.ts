import type {HostTensor, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import type {ScoredClass} from '../codec/json/bodies/results.js';
import {dtypeText} from '../codec/dtype.js';
import type {Servable} from '../lifecycle/servable.js';
import {StatusError, invalidArgument} from '../status/status.js';
import {findSignature} from './signature.js';

/** Classify and regress: signatures that take serialized tf.Example protos and give classes, scores or numbers. */

export const CLASSIFY_METHOD = 'tensorflow/serving/classify';
export const REGRESS_METHOD = 'tensorflow/serving/regress';
const INPUT = 'inputs';
const CLASSES = 'classes';
const SCORES = 'scores';
const OUTPUTS = 'outputs';
const NO_LABEL = new Uint8Array(0);

export interface ExamplesOptions extends RunOptions {
  /** Refuse signatures whose method name is another. */
  readonly checkMethodName?: boolean;
}

export interface Answer<T> {
  /** The signature that was run. */
  readonly signatureName: string;
  readonly result: T;
}

/**
 * @param examples serialized tf.Example protos
 * @throws StatusError when the signature is none for classifying, or its answer is not [examples, classes]
 */
export async function classify(
  servable: Servable,
  requested: string,
  examples: readonly Uint8Array[],
  options: ExamplesOptions,
): Promise<Answer<ScoredClass[][]>> {
  const {name, spec} = signatureFor(servable, requested, 'classify', CLASSIFY_METHOD, options);
  const given = Object.keys(spec.outputs);
  if (given.length !== 1 && given.length !== 2) {
    throw new StatusError('FAILED_PRECONDITION', `Expected one or two output Tensors, found ${given.length}`);
  }
  const wanted = [CLASSES, SCORES].filter(output => Object.hasOwn(spec.outputs, output));
  if (wanted.length === 0) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Expected classification signature outputs to contain at least one of "${CLASSES}" or "${SCORES}". ` +
        `Signature was: ${given.join(', ')}`,
    );
  }
  const outputs = await run(servable, name, examples, wanted, options);
  const labels = matrix(outputs[CLASSES], CLASSES, 'string', examples.length);
  const scores = matrix(outputs[SCORES], SCORES, 'float32', examples.length);
  const width = labels?.shape[1] ?? scores?.shape[1] ?? 0;
  if (labels && scores && labels.shape[1] !== scores.shape[1]) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Tensors class and score should match in shape, but are [${labels.shape}] and [${scores.shape}]`,
    );
  }
  const result = examples.map((_, row) =>
    Array.from({length: width}, (_, column) => {
      const at = row * width + column;
      return {label: (labels?.data[at] ?? NO_LABEL) as Uint8Array, score: Number(scores?.data[at] ?? 0)};
    }),
  );
  return {signatureName: name, result};
}

/**
 * @param examples serialized tf.Example protos
 * @throws StatusError when the signature is none for regression, or its answer is not one number an example
 */
export async function regress(
  servable: Servable,
  requested: string,
  examples: readonly Uint8Array[],
  options: ExamplesOptions,
): Promise<Answer<Float32Array>> {
  const {name, spec} = signatureFor(servable, requested, 'regress', REGRESS_METHOD, options);
  if (Object.keys(spec.outputs).length !== 1) {
    throw new StatusError('FAILED_PRECONDITION', 'Expected one output Tensor.');
  }
  if (!Object.hasOwn(spec.outputs, OUTPUTS)) {
    throw new StatusError('FAILED_PRECONDITION', `No regression outputs found in SignatureDef: ${name}`);
  }
  const output = (await run(servable, name, examples, [OUTPUTS], options))[OUTPUTS] as HostTensor;
  const {shape, dtype, data} = output;
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [${shape.join(',')}]`,
    );
  }
  if (dtype !== 'float32') {
    throw new StatusError('FAILED_PRECONDITION', `Expected output Tensor of DT_FLOAT. Got: ${dtypeText(dtype)}`);
  }
  if (shape[0] !== examples.length) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Expected output batch size to be ${examples.length}. Got: ${shape[0]}`,
    );
  }
  return {signatureName: name, result: data as Float32Array};
}

function signatureFor(
  servable: Servable,
  requested: string,
  verb: 'classify' | 'regress',
  method: string,
  options: ExamplesOptions,
): {name: string; spec: SignatureSpec} {
  const {name, spec} = findSignature(servable, requested);
  if (spec === undefined) throw invalidArgument(`No signature was found with the name: ${name}`);
  if (options.checkMethodName && spec.methodName !== method) {
    throw invalidArgument(`Expected ${verb} signature method_name to be ${method}. Was: ${spec.methodName}`);
  }
  const inputs = Object.keys(spec.inputs);
  if (inputs.length !== 1) throw new StatusError('FAILED_PRECONDITION', 'Expected one input Tensor.');
  if (inputs[0] !== INPUT) {
    const kind = verb === 'classify' ? 'classification' : 'regression';
    throw new StatusError('FAILED_PRECONDITION', `No ${kind} inputs found in SignatureDef: ${name}`);
  }
  return {name, spec};
}

function run(
  servable: Servable,
  signature: string,
  examples: readonly Uint8Array[],
  outputs: readonly string[],
  options: ExamplesOptions,
): Promise<Record<string, HostTensor>> {
  if (examples.length === 0) throw invalidArgument('Input is empty.');
  const inputs = {[INPUT]: {dtype: 'string', shape: [examples.length], data: examples}} as const;
  return servable.loaded.run(signature, inputs, {...options, outputs, checkSpecs: false});
}

function matrix(
  tensor: HostTensor | undefined,
  what: string,
  dtype: HostTensor['dtype'],
  examples: number,
): HostTensor | undefined {
  if (tensor === undefined) return undefined;
  const {shape} = tensor;
  if (shape.length !== 2) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Expected Tensor shape: [batch_size num_classes] but got [${shape.join(',')}]`,
    );
  }
  if (tensor.dtype !== dtype) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Expected ${what} Tensor of ${dtype === 'string' ? 'DT_STRING' : 'DT_FLOAT'}. Got: ${dtypeText(tensor.dtype)}`,
    );
  }
  if (shape[0] !== examples) {
    throw new StatusError('FAILED_PRECONDITION', `Expected ${what} output batch size of ${examples}. Got: ${shape[0]}`);
  }
  return tensor;
}
