import type {InputContract, ModelContract, OutputContract} from '@ingot/tensorflow/contract';
import type {SignatureSpec, TensorSpec} from '@ingot/tensorflow/session';
import {DeployFailure} from '../failure.js';

export const DEFAULT_SIGNATURE = 'serving_default';

/**
 * Whether the graph takes and gives what the contract promises to clients.
 * @throws DeployFailure naming the input or output and both sides' view of it.
 */
export function checkSignature(contract: ModelContract, signatures: Readonly<Record<string, SignatureSpec>>): void {
  const signature = signatures[DEFAULT_SIGNATURE];
  if (!signature) {
    throw mismatch(`The model has no signature "${DEFAULT_SIGNATURE}", only ${list(Object.keys(signatures))}`);
  }
  checkSide('input', contract.inputs, signature.inputs, inputSizes);
  checkSide('output', contract.outputs, signature.outputs, outputSizes);
}

interface Sizes {
  readonly dtype?: string;
  /** Per instance; null where a size is free. Compared by axes, or by the number of values. */
  readonly shape: readonly (number | null)[];
  readonly by: 'axes' | 'count';
}

function checkSide<C extends {readonly name: string; readonly kind: string}>(
  side: 'input' | 'output',
  promised: readonly C[],
  actual: Readonly<Record<string, TensorSpec>>,
  sizesOf: (contract: C) => Sizes,
): void {
  const names = promised.map(({name}) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw mismatch(`The contract names the ${side} "${twice}" twice`);
  const unknown = names.find(name => !Object.hasOwn(actual, name));
  if (unknown !== undefined) {
    throw mismatch(`The contract names an ${side} "${unknown}"; the graph's are ${list(Object.keys(actual))}`);
  }
  const untold = side === 'input' && Object.keys(actual).find(name => !names.includes(name));
  if (untold) throw mismatch(`The graph wants an input "${untold}" of which the contract says nothing`);
  for (const contract of promised) {
    const spec = actual[contract.name];
    const sizes = sizesOf(contract);
    if (!spec) continue;
    if (sizes.dtype !== undefined && sizes.dtype !== spec.dtype) {
      throw mismatch(`The ${side} "${contract.name}" is ${spec.dtype} in the graph and ${sizes.dtype} in the contract`);
    }
    if (!fits(sizes, spec.shape)) {
      throw mismatch(
        `The ${side} "${contract.name}" (${contract.kind}) has the shape ${show(spec.shape)} in the graph, ` +
          `batch first, which does not fit ${show(sizes.shape)} in the contract`,
      );
    }
  }
}

function inputSizes(input: InputContract): Sizes {
  if (input.kind === 'series') return {shape: [input.length], by: 'count'};
  if (input.kind === 'image') return {shape: [input.height, input.width, input.channels], by: 'count'};
  return {dtype: input.dtype, shape: input.shape, by: 'axes'};
}

function outputSizes(output: OutputContract): Sizes {
  if (output.kind === 'forecast') return {shape: [output.horizon, output.quantiles.length], by: 'count'};
  if (output.kind === 'labels') return {shape: [output.labels.length], by: 'count'};
  return {dtype: output.dtype, shape: output.shape, by: 'axes'};
}

/** Unknown sizes of the graph fit everything: the golden samples show whether they work. */
function fits({shape: promised, by}: Sizes, graph: readonly number[] | null): boolean {
  if (graph === null) return true;
  const instance = graph.slice(1);
  if (by === 'axes') {
    return (
      instance.length === promised.length &&
      instance.every((size, axis) => size < 0 || promised[axis] === null || promised[axis] === size)
    );
  }
  if (instance.some(size => size < 0)) return true;
  return product(instance) === product(promised.map(size => size ?? 1));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

function show(shape: readonly (number | null)[] | null): string {
  return shape === null ? '[unknown]' : `[${shape.map(size => (size === null || size < 0 ? '?' : size)).join(', ')}]`;
}

function list(names: readonly string[]): string {
  return names.length ? names.map(name => `"${name}"`).join(', ') : 'none';
}

function mismatch(what: string): DeployFailure {
  return new DeployFailure(
    `${what}.`,
    'Make the contract and the serving function agree in the notebook, then click Deploy again.',
  );
}
