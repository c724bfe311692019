import {join} from 'node:path';
import type {LayersModel} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {BestWeights} from './best-weights.js';
import {type Progress, readCheckpoint, readProgress, removeCheckpoint, writeCheckpoint} from './checkpoint.js';
import {numbered, ofKind, restoreState, stateOf} from './model-state.js';

export interface CheckpointsOptions {
  readonly folder: string;
  readonly name: string;
  /** The least time between two; when left out, 10 s, and more for a model that takes long to write. */
  readonly seconds?: number | undefined;
  /** Gets one sentence when no checkpoint can be written; the training goes on. */
  readonly warn: (message: string) => void;
}

const LEAST_SECONDS = 10;
/** So much of the time, at most, goes into checkpoints when the user did not say how often they are wanted. */
const LARGEST_SHARE = 0.05;

/** An interrupted cell should end within the time after which the kernel gives it up. */
const LONGEST_WAIT_MS = 1000;

/** The checkpoint of a training: written now and then, gone when the training ends well. */
export class Checkpoints {
  readonly #path: string;
  readonly #options: CheckpointsOptions;
  #last = performance.now();
  /** The least time between two. */
  #interval: number;
  #failed = false;
  /** How long the last one took, in milliseconds. */
  #cost = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#interval = 1000 * (options.seconds ?? LEAST_SECONDS);
    this.#path = join(options.folder, `${options.name}.checkpoint`);
  }

  /**
   * Puts the model, its optimizer and the best weights where an unfinished training left them.
   * @returns how far that training was, or undefined when there is none.
   * @throws Error when it was another model's.
   */
  async resume(model: LayersModel, best: BestWeights): Promise<Progress | undefined> {
    const checkpoint = await readCheckpoint(this.#path);
    if (checkpoint === undefined) return undefined;
    const {progress, tensors} = checkpoint;
    try {
      if (!(await restoreState(model, tensors))) {
        throw new Error(
          `The unfinished training in ${this.#path} is another model's. Delete it, or train without resume.`,
        );
      }
      if (progress.best !== null) best.adopt(progress.best, ofKind('best', tensors));
      return progress;
    } finally {
      tf.dispose(tensors);
    }
  }

  /** The unfinished training that nobody asked to go on with; a damaged checkpoint is only warned of. */
  async unfinished(): Promise<Progress | undefined> {
    try {
      return await readProgress(this.#path);
    } catch (error) {
      this.#options.warn((error as Error).message);
      return undefined;
    }
  }

  /**
   * At the end of an epoch: writes a checkpoint when it is time to.
   * @param when `now`, after an interrupt, writes one unless that would keep the user waiting.
   */
  async offer(model: LayersModel, best: BestWeights, progress: () => Progress, when?: 'now'): Promise<void> {
    const start = performance.now();
    const isDue = when === 'now' ? this.#cost < LONGEST_WAIT_MS : start - this.#last >= this.#interval;
    if (this.#failed || !isDue) return;
    const {tensors, owned} = await stateOf(model);
    try {
      await writeCheckpoint(this.#path, progress(), {...tensors, ...numbered('best', best.weights)});
    } catch (error) {
      this.#failed = true;
      this.#options.warn(`No more checkpoints, the training goes on: ${(error as Error).message}`);
    } finally {
      tf.dispose(owned);
      this.#last = performance.now();
      this.#cost = this.#last - start;
      if (this.#options.seconds === undefined) {
        this.#interval = Math.max(1000 * LEAST_SECONDS, this.#cost / LARGEST_SHARE);
      }
    }
  }

  async finish(): Promise<void> {
    await removeCheckpoint(this.#path);
  }
}
