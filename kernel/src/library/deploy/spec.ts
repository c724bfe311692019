import type {LayersModel, Tensor} from '@tensorflow/tfjs-node';
import type {Dataset} from '../data/dataset.js';
import type {Series} from '../data/series.js';
import type {TrainingRun} from '../training/training-run.js';

interface Named {
  /** The tensor's name in the signature, as clients write it. */
  readonly name: string;
  readonly description?: string;
}

/** `length` numbers in the order of time, oldest first: float32 [batch, length]. */
export interface SeriesInput extends Named {
  readonly kind: 'series';
  readonly length: number;
  /** What a client sends, e.g. "USD/oz". */
  readonly unit: string;
  /** The time between two values, e.g. "trading day". */
  readonly step?: string;
}

/** float32 [batch, height, width, channels]. */
export interface ImageInput extends Named {
  readonly kind: 'image';
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The values of black and white. */
  readonly range: [number, number];
}

/** Any tensor; `shape` is one instance's, without the batch, null where a size is free. */
export interface TensorPort extends Named {
  readonly kind: 'tensor';
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string';
  readonly shape: (number | null)[];
  readonly unit?: string;
}

/** Scores for labels: float32 [batch, labels]. */
export interface LabelsOutput extends Named {
  readonly kind: 'labels';
  readonly labels: string[];
  /** How many of the best a friendly answer names. */
  readonly topK: number;
}

/** Quantiles of the next steps: float32 [batch, horizon, quantiles]. */
export interface ForecastOutput extends Named {
  readonly kind: 'forecast';
  readonly horizon: number;
  /** Ascending, between 0 and 1. */
  readonly quantiles: number[];
  readonly unit: string;
}

export type InputPort = SeriesInput | ImageInput | TensorPort;
export type OutputPort = LabelsOutput | ForecastOutput | TensorPort;

/** What the Deploy button needs to know of a model. */
export interface DeployableSpec {
  /** The name that clients call, e.g. "gold". */
  readonly name: string;
  /** What people call it, e.g. "Gold price, 7 trading days ahead". */
  readonly title: string;
  readonly description?: string;
  /**
   * What is served: takes a tensor for each input, in their order and with a batch dimension, and gives the output, or a
   * record of outputs by name. It is captured as a graph, so it should do nothing but compute with tensors.
   */
  readonly serve: {call(...inputs: Tensor[]): Tensor | Readonly<Record<string, Tensor>>}['call'];
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly OutputPort[];
  /**
   * Some of your own data, with a batch dimension: a tensor, or one for each input by name. A few rows and what the model
   * says of them travel with the model, and are checked before it goes live.
   */
  readonly samples: Tensor | Readonly<Record<string, Tensor>>;
  /** What the model was trained on. */
  readonly data?: readonly (Dataset | Series)[];
  /** Figures to be remembered with the version, by name. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The model that `serve` calls, for its number of parameters; that of `training` when left out. */
  readonly model?: LayersModel;
  /** What `ingot.train` returned. */
  readonly training?: TrainingRun;
}
