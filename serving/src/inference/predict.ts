import type {HostTensor, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import type {PredictRequest} from '../codec/predict-proto.js';
import type {Servable} from '../lifecycle/servable.js';
import {StatusError, invalidArgument} from '../status/status.js';
import {findSignature} from './signature.js';

export interface Predicting {
  readonly signatureName: string;
  readonly outputs: Promise<Record<string, HostTensor>>;
}

/**
 * Predict as the gRPC door offers it: whole tensors by name, and a choice of outputs.
 * @throws StatusError in TensorFlow Serving's words; the promise rejects with whatever the run throws
 */
export function runPredict(
  servable: Servable,
  {modelSpec, inputs, outputFilter}: PredictRequest,
  {deadlineMs, signal}: Pick<RunOptions, 'deadlineMs' | 'signal'>,
): Predicting {
  const {name, spec} = findSignature(servable, modelSpec?.signatureName ?? '');
  if (spec === undefined) {
    throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${name}" not found.`);
  }
  checkNames(spec, inputs, outputFilter);
  const wanted = outputFilter.length > 0 ? outputFilter : undefined;
  // One shape for all requests: V8 reads objects that were put together by spreading many times slower.
  const options = {deadlineMs, signal, checkSpecs: false, outputs: wanted};
  return {signatureName: name, outputs: servable.loaded.run(name, inputs, options)};
}

function checkNames(spec: SignatureSpec, inputs: PredictRequest['inputs'], filter: readonly string[]): void {
  const [wanted, given] = [Object.keys(spec.inputs), Object.keys(inputs)];
  if (wanted.length === 0)
    throw new StatusError('FAILED_PRECONDITION', 'Expected at least one input Tensor in prediction signature.');
  if (Object.keys(spec.outputs).length === 0) {
    throw new StatusError('FAILED_PRECONDITION', 'Expected at least one output Tensor in prediction signature.');
  }
  if (given.length !== wanted.length || !given.every(name => Object.hasOwn(spec.inputs, name))) {
    const extra = given.filter(name => !Object.hasOwn(spec.inputs, name));
    const missing = wanted.filter(name => !given.includes(name));
    throw invalidArgument(
      `input size does not match signature: ${given.length}!=${wanted.length} len(${set(given)}) != len(${set(wanted)}). ` +
        `Sent extra: ${set(extra)}. Missing but required: ${set(missing)}.`,
    );
  }
  if (filter.length === 0) return;
  const seen = new Set<string>();
  for (const name of filter) {
    if (!Object.hasOwn(spec.outputs, name)) {
      const outputs = set(Object.keys(spec.outputs));
      throw invalidArgument(
        `output tensor alias not found in signature: ${name} Outputs expected to be in the set ${outputs}.`,
      );
    }
    if (seen.has(name)) throw invalidArgument(`duplicate output tensor alias: ${name}`);
    seen.add(name);
  }
}

function set(names: readonly string[]): string {
  return `{${[...names].sort().join(',')}}`;
}
