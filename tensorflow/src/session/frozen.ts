import {readFile} from 'node:fs/promises';
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
  const graphDef = await readFile(file);
  const handle = await addon()
    .loadGraphDef(graphDef, config)
    .catch(error => {
      throw tensorFlowError(error);
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
