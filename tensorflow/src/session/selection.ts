import {TensorFlowError} from '../error.js';
import type {SignatureSpec} from '../tensor/signature.js';

/** A signature, or some of its outputs, by the names that a client uses and those of the graph, in the same order. */
export interface Selection {
  readonly spec: SignatureSpec;
  readonly feedNames: readonly string[];
  readonly fetchNames: readonly string[];
  /** Names of tensors in the graph. */
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
}

/** Choices of outputs come from clients: a model remembers only so many. */
export const MAX_SELECTIONS = 256;

/** What a selection is remembered by. */
export function selectionKey(signature: string, outputs: readonly string[] | undefined): string {
  return outputs === undefined ? signature : JSON.stringify([signature, ...outputs]);
}

/** @throws TensorFlowError INVALID_ARGUMENT for a signature or an output that is not there, with those that are. */
export function select(
  signatures: Readonly<Record<string, SignatureSpec>>,
  signature: string,
  outputs: readonly string[] | undefined,
): Selection {
  const spec = Object.hasOwn(signatures, signature) ? signatures[signature] : undefined;
  if (!spec) {
    const names = Object.keys(signatures).join(', ');
    throw new TensorFlowError('INVALID_ARGUMENT', `the model has no signature "${signature}"; it has: ${names}`);
  }
  const fetchNames = outputs ?? Object.keys(spec.outputs);
  const fetches = fetchNames.map(name => {
    const output = Object.hasOwn(spec.outputs, name) ? spec.outputs[name] : undefined;
    if (output) return output.tensorName;
    const names = Object.keys(spec.outputs).join(', ');
    throw new TensorFlowError(
      'INVALID_ARGUMENT',
      `the signature "${signature}" has no output "${name}"; it has: ${names}`,
    );
  });
  const feeds = Object.values(spec.inputs).map(({tensorName}) => tensorName);
  return {spec, feedNames: Object.keys(spec.inputs), fetchNames, feeds, fetches};
}
