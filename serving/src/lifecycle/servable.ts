import type {LoadedModel} from '@ingot/tensorflow/session';
import type {SignatureDefs} from '../codec/saved-model.js';

/** One version of a model, loaded and able to answer. */
export interface Servable {
  readonly model: string;
  readonly version: bigint;
  readonly loaded: LoadedModel;
  readonly signatureDefs: SignatureDefs;
}

/** Keeps a servable loaded until it is released; releasing twice is an error of the caller. */
export interface Lease {
  readonly servable: Servable;
  release(): void;
}

/** What a request asks for: a version, a label, or else the newest that is AVAILABLE. */
export interface ModelSpec {
  readonly name: string;
  readonly version?: bigint;
  readonly label?: string;
}
