import {readFile} from 'node:fs/promises';
import {TensorFlowError} from '../error.js';
import {addon} from '../native/addon.js';
import {HandledSession} from './graph-session.js';
import {tensorFlowError} from './marshal.js';
import {SignatureModel} from './model.js';
import {configOf, type SessionOptions} from './options.js';
import type {LoadedModel} from './loaded-model.js';
import type {TensorSpec} from '../tensor/signature.js';

export interface FrozenOptions extends SessionOptions {
  /** Tensors of the graph ("x:0"), by the names that callers use; a list is names and tensors in one. */
  readonly inputs: Readonly<Record<string, string>> | readonly string[];
  readonly outputs: Readonly<Record<string, string>> | readonly string[];
}

export const FROZEN_SIGNATURE = 'serving_default';

/**
 * Loads a frozen graph, a file with a binary GraphDef whose weights are constants. It has one signature, `serving_default`,
 * made of the tensors that are named.
 * @throws TensorFlowError NOT_FOUND for a tensor that the graph does not have, INVALID_ARGUMENT when the file is no graph.
 */
export async function loadFrozenGraph(file: string, options: FrozenOptions): Promise<LoadedModel> {
  const config = configOf(options);
  const graphDef = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new TensorFlowError('NOT_FOUND', `The graph ${file} cannot be read: ${cause.message}`, {cause});
  });
  const handle = await addon()
    .loadGraphDef(graphDef, config)
    .catch(error => {
      throw explain(file, graphDef, tensorFlowError(error));
    });
  const session = new HandledSession(handle);
  try {
    const specs = (names: FrozenOptions['inputs']): Record<string, TensorSpec> => {
      const pairs = Array.isArray(names) ? names.map(name => [name, name] as const) : Object.entries(names);
      return Object.fromEntries(pairs.map(([name, tensor]) => [name, session.describe(tensor)]));
    };
    const signature = {
      methodName: 'tensorflow/serving/predict',
      inputs: specs(options.inputs),
      outputs: specs(options.outputs),
    };
    return new SignatureModel(session, {[FROZEN_SIGNATURE]: signature});
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

/** TensorFlow says that a graph is invalid, but not which file that is, nor why. */
function explain(file: string, bytes: Uint8Array, error: unknown): unknown {
  if (!(error instanceof TensorFlowError) || error.message !== 'Invalid GraphDef') return error;
  // A SavedModel begins with the number of its schema (tensorflow/core/protobuf/saved_model.proto), a graph with a node.
  const why =
    bytes[0] === 0x08
      ? `it may be the saved_model.pb of a SavedModel: load its folder with loadSavedModel`
      : `it must be a binary GraphDef (${bytes.length} bytes were read)`;
  return new TensorFlowError(error.code, `Invalid GraphDef. ${file} is no frozen graph; ${why}`, {cause: error});
}
