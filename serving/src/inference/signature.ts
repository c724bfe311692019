import type {SignatureSpec} from '@ingot/tensorflow/session';
import type {Servable} from '../lifecycle/servable.js';
import {StatusError, invalidArgument} from '../status/status.js';

export const DEFAULT_SIGNATURE = 'serving_default';

/** The signature's name, the default one for "", and what it takes and gives; undefined when the model has none such. */
export function findSignature(servable: Servable, name: string): {name: string; spec: SignatureSpec | undefined} {
  return lookUp(servable.loaded.signatures, name);
}

type Signatures = Readonly<Record<string, SignatureSpec>>;

/**
 * The same for a :predict request; null stands for a model that is not there.
 * @throws StatusError INVALID_ARGUMENT when the model has no such signature, NOT_FOUND when there is no model
 */
export function resolveSignature(signatures: Signatures | null, requested: string): SignatureSpec {
  if (signatures === null) throw new StatusError('NOT_FOUND', 'Servable not found for request');
  const {name, spec} = lookUp(signatures, requested);
  if (spec === undefined) throw invalidArgument(`Serving signature name: "${name}" not found in signature def`);
  return spec;
}

function lookUp(signatures: Signatures, name: string): {name: string; spec: SignatureSpec | undefined} {
  const effective = name === '' ? DEFAULT_SIGNATURE : name;
  return {name: effective, spec: Object.hasOwn(signatures, effective) ? signatures[effective] : undefined};
}
