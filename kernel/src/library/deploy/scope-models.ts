import type {LayersModel, Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {scopePort} from '../../execution/scope-port.js';
import {runOf} from '../training/runs.js';
import {fits} from './ports.js';
import type {DeployableSpec, TensorPort} from './spec.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const DTYPES: readonly string[] = ['float32', 'int32', 'bool', 'string'] satisfies TensorPort['dtype'][];

/**
 * The models among the notebook's variables that were not given to `ingot.deployable`: each under its variable's name, with
 * its inputs and outputs as plain tensors, and the notebook's own tensors of a fitting shape as samples.
 * @param known models that are offered otherwise.
 */
export function scopeModels(known: readonly LayersModel[]): DeployableSpec[] {
  const scope = scopePort();
  if (scope === undefined) return [];
  const values = scope.names().map(name => [name, scope.members[name]] as const);
  const tensors = values.flatMap(([, value]) => (value instanceof tf.Tensor && !value.isDisposed ? [value] : []));
  const seen = new Set<unknown>(known);
  return values.flatMap(([name, value]) => {
    if (!(value instanceof tf.LayersModel) || seen.has(value) || !NAME.test(name)) return [];
    seen.add(value);
    const spec = specOf(name, value, tensors);
    return spec === undefined ? [] : [spec];
  });
}

/** Undefined for a model that is not built yet, or that takes what no contract can say. */
function specOf(name: string, model: LayersModel, tensors: readonly Tensor[]): DeployableSpec | undefined {
  const inputs = ports(model.inputs);
  const outputs = ports(model.outputs);
  if (inputs === undefined || outputs === undefined) return undefined;
  const training = runOf(model);
  const found = inputs.map(
    port => [port.name, tensors.find(tensor => fits(port, tensor) && tensor.shape[0] !== 0)] as const,
  );
  return {
    name,
    title: `The model "${name}"`,
    serve: (...given: Tensor[]) => {
      const outcome = model.apply(given.length === 1 ? (given[0] as Tensor) : given) as Tensor | Tensor[];
      const list = Array.isArray(outcome) ? outcome : [outcome];
      return Object.fromEntries(outputs.map((port, index) => [port.name, list[index] as Tensor]));
    },
    inputs,
    outputs,
    samples: Object.fromEntries(found.flatMap(([port, tensor]) => (tensor === undefined ? [] : [[port, tensor]]))),
    model,
    ...(training === undefined ? {} : {training}),
  };
}

/** Named by their layers, as in Keras. tfjs leaves the list undefined before a sequential model knows its input. */
function ports(symbols: LayersModel['inputs'] | undefined): TensorPort[] | undefined {
  if (symbols === undefined || symbols.length === 0) return undefined;
  const names = symbols.map(({sourceLayer}) => sourceLayer.name);
  const all = symbols.map(({dtype, shape}, index) => ({
    name: names.indexOf(names[index] ?? '') === index ? (names[index] ?? '') : `${names[index]}_${index}`,
    kind: 'tensor' as const,
    dtype: dtype as TensorPort['dtype'],
    shape: shape.slice(1),
  }));
  return all.every(({dtype}) => DTYPES.includes(dtype)) ? all : undefined;
}
