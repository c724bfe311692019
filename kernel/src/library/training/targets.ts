import type {LayersModel, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';

/**
 * tfjs wants targets shaped like the outputs. Targets with one dimension less are repeated along the last one.
 * @returns the targets, and those tensors among them that were made here.
 */
export function shapedAsOutputs(
  model: LayersModel,
  targets: Tensor | Tensor[],
): {targets: Tensor | Tensor[]; made: Tensor[]} {
  const made: Tensor[] = [];
  const shaped = [targets].flat().map((target, index) => {
    const shape = model.outputs[index]?.shape;
    if (shape === undefined || target.rank !== shape.length - 1) return target;
    const repeated = tf.tidy(() => target.expandDims(-1).tile([...target.shape.map(() => 1), shape.at(-1) ?? 1]));
    made.push(repeated);
    return repeated;
  });
  return {targets: Array.isArray(targets) ? shaped : (shaped[0] ?? targets), made};
}
