import {DTYPES} from '../session/index.js';
import {int32, type GraphTensor} from '../graph/graph.js';
import type {HostConstant, RecordedNode} from '../recording/record.js';
import {sizeOf, sum, times, type Sizes} from './sizes.js';
import {type Trials} from './unknown-sizes.js';

/**
 * Sizes that are no polynomial of the unknown ones, such as those of an image after a strided convolution, are mostly a
 * multiple and sum of a size of another operand of the op that takes them: that is looked up when the graph runs.
 *
 * @param constants int32 operands that stood in one place of an op in each recording
 * @param consumers that op in each recording
 * @param operand the op's other operands as tensors of the graph
 */
export function neighbourSizes(
  constants: readonly HostConstant[],
  consumers: readonly RecordedNode[],
  operand: (k: number) => GraphTensor,
  trials: Trials,
  sizes: Sizes,
): GraphTensor | undefined {
  const {dtype, shape, values} = constants[0] as HostConstant;
  if (dtype !== DTYPES.int32 || constants.some(constant => constant.values.length !== values.length)) return undefined;
  const columns = Array.from(values as Int32Array, (_, i) => constants.map(constant => constant.values[i] as number));
  const scalars = columns.map(column => {
    const polynomial = trials.fit(column);
    return polynomial === undefined ? fromOperand(column, consumers, operand) : sizes.scalar(polynomial);
  });
  const unexplained = scalars.filter(scalar => scalar === undefined).length;
  if (unexplained > 1 || (unexplained === 1 && consumers[0]?.op !== 'Reshape')) return undefined;
  // What a reshape leaves to be found out is -1.
  return sizes.pack(
    scalars.map(scalar => scalar ?? int32([-1], [])),
    shape,
  );
}

function fromOperand(
  column: readonly number[],
  consumers: readonly RecordedNode[],
  operand: (k: number) => GraphTensor,
): GraphTensor | undefined {
  for (const [k, {shape, varies}] of (consumers[0]?.inputs ?? []).entries()) {
    if (!varies) continue;
    for (const axis of shape.keys()) {
      const line = fitLine(
        consumers.map(({inputs}) => inputs[k]?.shape[axis] as number),
        column,
      );
      if (line !== undefined) return sum(times(sizeOf(operand(k), axis), line.slope), line.offset);
    }
  }
  return undefined;
}

/** Whole numbers such that y = slope * x + offset for every pair, when the x differ enough to tell. */
function fitLine(x: readonly number[], y: readonly number[]): {slope: number; offset: number} | undefined {
  const [x0, y0] = [x[0] as number, y[0] as number];
  const other = x.findIndex(value => value !== x0);
  if (other === -1 || new Set(x).size < 3) return undefined;
  const slope = ((y[other] as number) - y0) / ((x[other] as number) - x0);
  const offset = y0 - slope * x0;
  const fits = Number.isInteger(slope) && x.every((value, i) => slope * value + offset === y[i]);
  return fits ? {slope, offset} : undefined;
}
