import type {HostTensor, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import type {PredictRequest} from '../codec/predict-proto.js';
import type {Servable} from '../lifecycle/servable.js';
import {StatusError, invalidArgument} from '../status/status.js';
import {findSignature} from './signature.js';

export interface Predicted {
  readonly signatureName: string;
  readonly outputs: Record<string, HostTensor>;
}

/**
 * Predict as the gRPC door offers it: whole tensors by name, and a choice of outputs.
 * @throws StatusError in TensorFlow Serving's words, or whatever the run throws
 */
export async function runPredict(
  servable: Servable,
  {modelSpec, inputs, outputFilter}: PredictRequest,
  options: Pick<RunOptions, 'deadlineMs' | 'signal'>,
): Promise<Predicted> {
  const {name, spec} = findSignature(servable, modelSpec?.signatureName ?? '');
  if (spec === undefined) {
    throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${name}" not found.`);
  }
  checkNames(spec, Object.keys(inputs), outputFilter);
  const outputs = await servable.loaded.run(name, inputs, {
    ...options,
    checkSpecs: false,
    ...(outputFilter.length > 0 && {outputs: outputFilter}),
  });
  return {signatureName: name, outputs};
}

function checkNames(spec: SignatureSpec, given: readonly string[], filter: readonly string[]): void {
  const wanted = Object.keys(spec.inputs);
  if (wanted.length === 0)
    throw new StatusError('FAILED_PRECONDITION', 'Expected at least one input Tensor in prediction signature.');
  if (Object.keys(spec.outputs).length === 0) {
    throw new StatusError('FAILED_PRECONDITION', 'Expected at least one output Tensor in prediction signature.');
  }
  const extra = given.filter(name => !Object.hasOwn(spec.inputs, name));
  if (given.length !== wanted.length || extra.length > 0) {
    const missing = wanted.filter(name => !given.includes(name));
    throw invalidArgument(
      `input size does not match signature: ${given.length}!=${wanted.length} len(${set(given)}) != len(${set(wanted)}). ` +
        `Sent extra: ${set(extra)}. Missing but required: ${set(missing)}.`,
    );
  }
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
