import type {LayersModel, NamedTensorMap, Optimizer, Tensor} from '@tensorflow/tfjs-node';

/** `getWeights` of tfjs's optimizers gives names and tensors; `setWeights` takes them in the same order. */
type StatefulOptimizer = Optimizer & {
  getWeights(): Promise<{name: string; tensor: Tensor}[]>;
  setWeights(weights: {name: string; tensor: Tensor}[]): Promise<void>;
};

/** The tensors that a model's training goes on from, by name. They stay the model's own, but for `owned`. */
export async function stateOf(model: LayersModel): Promise<{tensors: Record<string, Tensor>; owned: Tensor[]}> {
  const optimizer = await (model.optimizer as StatefulOptimizer).getWeights();
  // The first is the number of steps, made for the asking; the others are the optimizer's variables.
  const owned = optimizer.slice(0, 1).map(({tensor}) => tensor);
  return {
    tensors: {
      ...numbered('weight', model.getWeights()),
      ...Object.fromEntries(optimizer.map(({name, tensor}, index) => [`optimizer/${index}/${name}`, tensor])),
    },
    owned,
  };
}

export function numbered(kind: string, tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(tensors.map((tensor, index) => [`${kind}/${index}`, tensor]));
}

/** The tensors of one kind, in their order. */
export function ofKind(kind: string, tensors: Readonly<NamedTensorMap>): Tensor[] {
  return named(kind, tensors).map(({tensor}) => tensor);
}

/**
 * Puts a checkpoint's tensors into the model and its optimizer.
 * @returns false, and changes nothing, when they are another model's: other weights or other shapes.
 */
export async function restoreState(model: LayersModel, tensors: Readonly<NamedTensorMap>): Promise<boolean> {
  const weights = ofKind('weight', tensors);
  const own = model.getWeights();
  const same =
    weights.length === own.length && own.every(({shape}, index) => shape.join() === weights[index]?.shape.join());
  if (!same) return false;
  model.setWeights(weights);
  await (model.optimizer as StatefulOptimizer).setWeights(named('optimizer', tensors));
  return true;
}

function named(kind: string, tensors: Readonly<NamedTensorMap>): {name: string; tensor: Tensor}[] {
  return Object.entries(tensors)
    .map(([path, tensor]) => ({path: path.split('/'), tensor}))
    .filter(({path}) => path[0] === kind)
    .sort((a, b) => Number(a.path[1]) - Number(b.path[1]))
    .map(({path, tensor}) => ({name: path.slice(2).join('/'), tensor}));
}
