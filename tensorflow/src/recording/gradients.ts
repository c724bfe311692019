import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';

let replaced = false;

/** Kernels that tell true from false, and their inputs. No value of theirs moves with a small change of an input. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  Less: ['a', 'b'],
  LessEqual: ['a', 'b'],
  Greater: ['a', 'b'],
  Equal: ['a', 'b'],
  NotEqual: ['a', 'b'],
  LogicalAnd: ['a', 'b'],
  LogicalOr: ['a', 'b'],
  LogicalNot: ['x'],
  Any: ['x'],
  All: ['x'],
};

/**
 * Replaces gradients of tfjs that fail or are unrolled, and adds those that it lacks for `tf.where`. Without a gradient for the
 * condition, which is zero, no loss may choose by what a variable is. That of `unstack` fails where there is one slice, and so a
 * recurrent layer cannot be trained on sequences of one step. That of `tile` is a slice and an add for every repetition,
 * and layer normalisation tiles: a transformer's training step then has tens of thousands of ops. As a reshape and a sum it has two.
 */
export function replaceGradients(): void {
  if (replaced) return;
  replaced = true;
  tf.unregisterGradient('Unpack');
  tf.registerGradient({
    kernelName: 'Unpack',
    gradFunc: (dy, _saved, attrs) => ({value: () => tf.stack([dy].flat(), (attrs as unknown as {axis: number}).axis)}),
  });
  tf.unregisterGradient('Tile');
  tf.registerGradient({
    kernelName: 'Tile',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved as [Tensor];
      const {reps} = attrs as unknown as {reps: number[]};
      return {
        x: () => {
          // Axes of one repetition are left as they are.
          const split = x.shape.flatMap((size, axis) => (reps[axis] === 1 ? [size] : [reps[axis] as number, size]));
          const summed: number[] = [];
          let at = 0;
          for (const repetitions of reps) {
            if (repetitions !== 1) summed.push(at++);
            at++;
          }
          const sum = (dy as Tensor).reshape(split).sum(summed);
          return sum.reshape(x.shape);
        },
      };
    },
  });
  for (const [kernelName, inputsToSave] of Object.entries(STEPS)) {
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputsToSave],
      gradFunc: (_dy, saved) =>
        Object.fromEntries(inputsToSave.map((name, i) => [name, () => tf.zeros((saved[i] as Tensor).shape)])),
    });
  }
}
