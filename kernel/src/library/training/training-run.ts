import type {LayersModel} from '@tensorflow/tfjs-node';
import type {MimeBundle} from '../../display/seam.js';
import {notebookPort} from '../../execution/notebook-port.js';
import {isOnGpu} from '../device.js';
import {RICH, type Rich} from '../display/show.js';
import type {LiveTraining} from './live-training.js';

interface Ended {
  readonly run: string;
  readonly model: LayersModel;
  readonly live: LiveTraining;
  readonly keptEpoch: number;
  readonly compiled: boolean;
}

/** What a training did. A cell that ends with it shows the loss chart. */
export class TrainingRun implements Rich {
  /** The TensorBoard run, relative to the log folder. */
  readonly run: string;
  readonly model: LayersModel;
  /** Training loss by epoch. */
  readonly loss: readonly number[];
  /** Validation loss by epoch; the first is the untrained model's. */
  readonly validationLoss: readonly number[];
  /** The epoch whose weights the model has now; 0 is the untrained model. */
  readonly keptEpoch: number;
  readonly seconds: number;
  readonly device: 'CPU' | 'GPU';
  /** The cell that trained; undefined outside a notebook. */
  readonly cell = notebookPort()?.cell();
  /** Whether the training ran as a graph rather than operation by operation. */
  readonly compiled: boolean;
  readonly #live: LiveTraining;

  constructor({run, model, live, keptEpoch, compiled}: Ended) {
    this.run = run;
    this.model = model;
    this.loss = live.loss;
    this.validationLoss = live.validation;
    this.keptEpoch = keptEpoch;
    this.seconds = live.seconds;
    this.device = isOnGpu() ? 'GPU' : 'CPU';
    this.compiled = compiled;
    this.#live = live;
  }

  get epochs(): number {
    return this.loss.length;
  }

  /** Figures of the epoch that was kept, by name. */
  get metrics(): Record<string, number> {
    const loss = this.loss[this.keptEpoch - 1];
    const validation = this.validationLoss[this.keptEpoch];
    return {...(loss === undefined ? {} : {loss}), ...(validation === undefined ? {} : {validation_loss: validation})};
  }

  /** What the model is now, in a sentence. */
  get outcome(): string {
    if (this.validationLoss.length === 0) return `Trained for ${this.epochs} epochs.`;
    if (this.keptEpoch === 0)
      return 'Training did not better the untrained model on the validation data, so that was kept.';
    const gain = 1 - (this.validationLoss[this.keptEpoch] ?? NaN) / (this.validationLoss[0] ?? NaN);
    return `Kept epoch ${this.keptEpoch}: validation loss ${(100 * gain).toFixed(2)} % below the untrained model's.`;
  }

  [RICH](): MimeBundle {
    return this.#live.bundle();
  }
}
