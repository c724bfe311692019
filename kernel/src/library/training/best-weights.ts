import type {LayersModel, Tensor} from '@tensorflow/tfjs-node';

/** Remembers the weights of the epoch with the lowest validation loss. Holds one copy of the weights until disposed. */
export class BestWeights {
  #weights: Tensor[] = [];
  #loss = Infinity;
  #epoch = 0;

  constructor(readonly model: LayersModel) {}

  get epoch(): number {
    return this.#epoch;
  }
  get loss(): number {
    return this.#loss;
  }

  /** @returns whether this epoch is the best so far; its weights are kept then. */
  offer(epoch: number, loss: number): boolean {
    if (!(loss < this.#loss)) return false;
    this.dispose();
    // `getWeights` hands out the variables' own values, which training replaces: copies are kept.
    this.#weights = this.model.getWeights().map(weight => weight.clone());
    this.#loss = loss;
    this.#epoch = epoch;
    return true;
  }

  /** The weights that are kept; they stay this object's. */
  get weights(): readonly Tensor[] {
    return this.#weights;
  }

  /** Takes over what an earlier training found. */
  adopt({epoch, loss}: {readonly epoch: number; readonly loss: number}, weights: readonly Tensor[]): void {
    this.dispose();
    this.#weights = weights.map(weight => weight.clone());
    this.#loss = loss;
    this.#epoch = epoch;
  }

  restore(): void {
    if (this.#weights.length > 0) this.model.setWeights(this.#weights);
  }

  dispose(): void {
    this.#weights.forEach(weight => weight.dispose());
    this.#weights = [];
  }
}
