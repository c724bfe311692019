import type {LayersModel} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {choose, refuse, setDefault, type CompileOptions} from './install.js';
import {step} from './step.js';

/**
 * Makes a model of tfjs train, evaluate and predict as TensorFlow graphs instead of op by op: the same results, many times
 * faster. `model.fit`, `fitDataset`, `trainOnBatch`, `evaluate`, `predict`, callbacks and weights go on as they are. What
 * cannot be a graph runs op by op as before, and one line says why.
 *
 * ```ts
 * compile(model);
 * await model.fit(x, y, {epochs: 10});
 * ```
 * A JavaScript number that a loss or layer reads is fixed when its graph is made; learning rates are not. Call
 * `model.compile` again after changing one.
 * @throws TypeError for what is no layers model, or one of another copy of TensorFlow.js
 */
export const compile = Object.assign(
  <Model extends LayersModel>(model: Model, options: CompileOptions = {}): Model => {
    if (!(model instanceof tf.LayersModel)) {
      throw new TypeError(
        `compile takes a layers model (tf.sequential, tf.model) of the TensorFlow.js ${tf.version.tfjs} that is loaded here; ` +
          'a function of tensors is for compile.step.',
      );
    }
    choose(model, options);
    return model;
  },
  {
    step,
    /** Compiles every model, but for those given to `uncompile`. */
    install: (options: CompileOptions = {}): void => setDefault(options),
    /** Ends what `install` began. */
    uninstall: (): void => setDefault(undefined),
  },
);

/** Lets a model run op by op, as tfjs does it. */
export const uncompile = (model: LayersModel): void => refuse(model);
