import type {Variable} from '@tensorflow/tfjs-node';

/**
 * Which variables are trained: tfjs asks `variable.trainable` in every step (`layer.trainable = false` sets it), while a
 * graph trains what was trainable when it was made.
 */
export class Frozen {
  private readonly atFirst = new Map<Variable, boolean>();

  /** From now on a change of these variables counts. */
  watch(variables: readonly Variable[]): void {
    for (const variable of variables) {
      if (!this.atFirst.has(variable)) this.atFirst.set(variable, variable.trainable);
    }
  }

  /** Differs as long as another set of the variables is trained. */
  get key(): string {
    let key = '';
    let i = 0;
    for (const [variable, trainable] of this.atFirst) {
      if (variable.trainable !== trainable) key += ` ${i}`;
      i++;
    }
    return key;
  }
}
