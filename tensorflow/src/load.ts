import {coerce, type TensorLike} from './tensor/coerce.js';
import {
  loadFrozenGraph as loadFrozen,
  loadSavedModel as loadFolder,
  type FrozenOptions,
  type HostTensor,
  type LoadedModel,
  type LoadOptions,
  type RunOptions,
} from './session/index.js';

/** A loaded model that also takes tensors of tfjs, nested arrays and bare values as inputs. */
export interface Model extends Omit<LoadedModel, 'run'> {
  /** @throws TensorFlowError with the canonical code and TensorFlow's own message. */
  run(
    signature: string,
    inputs?: Readonly<Record<string, TensorLike>>,
    options?: RunOptions,
  ): Promise<Record<string, HostTensor>>;
}

/**
 * Loads any SavedModel of TensorFlow.
 * @example
 * const model = await loadSavedModel('models/gold/1');
 * const {y} = await model.run('serving_default', {x: tf.ones([1, 60, 1])});
 * @throws TensorFlowError, see the session's loadSavedModel.
 */
export async function loadSavedModel(dir: string, options?: LoadOptions): Promise<Model> {
  return convenient(await loadFolder(dir, options));
}

/** Loads a frozen graph (.pb) with the tensors that are named as its one signature, `serving_default`. */
export async function loadFrozenGraph(file: string, options: FrozenOptions): Promise<Model> {
  return convenient(await loadFrozen(file, options));
}

function convenient(model: LoadedModel): Model {
  return {
    signatures: model.signatures,
    dispose: () => model.dispose(),
    run: async (signature, inputs = {}, options) => {
      // An unknown signature or input is for the model to refuse.
      const specs = Object.hasOwn(model.signatures, signature) ? model.signatures[signature]?.inputs : undefined;
      const tensors: Record<string, HostTensor> = {};
      for (const [name, value] of Object.entries(inputs)) {
        const spec = specs && Object.hasOwn(specs, name) ? specs[name] : undefined;
        const tensor = spec ? coerce(name, spec, value) : (value as HostTensor);
        tensors[name] = tensor instanceof Promise ? await tensor : tensor;
      }
      return model.run(signature, tensors, options);
    },
  };
}
