import {join} from 'node:path';
import type {LayersModel} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {BestWeights} from './best-weights.js';
import {type Progress, readCheckpoint, removeCheckpoint, writeCheckpoint} from './checkpoint.js';
import {numbered, ofKind, restoreState, stateOf} from './model-state.js';

export interface CheckpointsOptions {
  readonly folder: string;
  readonly name: string;
  /** The least time between two. */
  readonly seconds: number;
  /** Gets one sentence when no checkpoint can be written; the training goes on. */
  readonly warn: (message: string) => void;
}

/** The checkpoint of a training: written now and then, gone when the training ends well. */
export class Checkpoints {
  readonly #path: string;
  readonly #options: CheckpointsOptions;
  #last = performance.now();
  #failed = false;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
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
      const checkpoint = await readCheckpoint(this.#path);
      tf.dispose(checkpoint?.tensors ?? {});
      return checkpoint?.progress;
    } catch (error) {
      this.#options.warn((error as Error).message);
      return undefined;
    }
  }

  /** At the end of an epoch: writes a checkpoint when it is time to. */
  async offer(model: LayersModel, best: BestWeights, progress: () => Progress): Promise<void> {
    const now = performance.now();
    if (this.#failed || now - this.#last < this.#options.seconds * 1000) return;
    this.#last = now;
    const {tensors, owned} = await stateOf(model);
    try {
      await writeCheckpoint(this.#path, progress(), {...tensors, ...numbered('best', best.weights)});
    } catch (error) {
      this.#failed = true;
      this.#options.warn(`No more checkpoints, the training goes on: ${(error as Error).message}`);
    } finally {
      tf.dispose(owned);
    }
  }

  async finish(): Promise<void> {
    await removeCheckpoint(this.#path);
  }
}
