import {TensorFlowError} from '../error.js';
import {addon} from '../native/addon.js';
import {explainLoad} from '../saved-model/diagnosis.js';
import {readSignatures} from '../saved-model/read-signatures.js';
import {HandledSession} from './graph-session.js';
import {tensorFlowError} from './marshal.js';
import {SignatureModel} from './model.js';
import {configOf, type SessionOptions} from './options.js';
import type {LoadedModel} from './loaded-model.js';

export interface LoadOptions extends SessionOptions {
  /** Which graph of the SavedModel; ["serve"] unless given. */
  readonly tags?: readonly string[];
}

/** A LoadedModel whose signatures are there in TensorFlow's own format, too. */
export interface LoadedSavedModel extends LoadedModel {
  /** A serialized MetaGraphDef of which only `signature_def` is left. */
  readonly signatureDefs: Uint8Array;
}

/**
 * Loads a SavedModel of TensorFlow 1 or 2: restores its variables, fills its tables and runs its initialisers, all off the
 * event loop. Loading runs what is in the model: load only what you trust, or look at `listOps` first.
 * @throws TensorFlowError NOT_FOUND when there is none with these tags, DATA_LOSS when its variables are damaged, and
 *   whatever else TensorFlow finds.
 */
export async function loadSavedModel(dir: string, options: LoadOptions = {}): Promise<LoadedSavedModel> {
  const {tags = ['serve']} = options;
  if (typeof dir !== 'string' || !Array.isArray(tags)) {
    const given = typeof dir === 'string' ? `tags must be a list, not ${String(tags)}` : `not ${String(dir)}`;
    throw new TensorFlowError('INVALID_ARGUMENT', `loadSavedModel takes the path of a folder: ${given}`);
  }
  const config = configOf(options);
  try {
    const [handle, signatureDefs] = await addon().loadSavedModel(dir, tags, config);
    return new LoadedFolder(new HandledSession(handle), signatureDefs);
  } catch (error) {
    throw await explainLoad(dir, tensorFlowError(error));
  }
}

class LoadedFolder extends SignatureModel implements LoadedSavedModel {
  constructor(
    session: HandledSession,
    readonly signatureDefs: Uint8Array,
  ) {
    super(session, readSignatures(signatureDefs));
  }
}
