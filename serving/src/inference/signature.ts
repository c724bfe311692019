import type {SignatureSpec} from '@ingot/tensorflow/session';
import type {Servable} from '../lifecycle/servable.js';

export const DEFAULT_SIGNATURE = 'serving_default';

/** The signature's name, the default one for "", and what it takes and gives; undefined when the model has none such. */
export function findSignature(servable: Servable, name: string): {name: string; spec: SignatureSpec | undefined} {
  const effective = name === '' ? DEFAULT_SIGNATURE : name;
  const {signatures} = servable.loaded;
  return {name: effective, spec: Object.hasOwn(signatures, effective) ? signatures[effective] : undefined};
}
