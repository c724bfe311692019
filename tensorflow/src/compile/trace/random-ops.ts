import {int32, op, output, type GraphTensor, type InputNode} from '../../graph/graph.js';
import {DTYPES} from '../../session/index.js';
import type {Draw} from './draws.js';

const FLOAT = {type: DTYPES.float32};
const INT = {type: DTYPES.int32};

/**
 * Draws as tfjs would, anew in each step, from the seed of the draw and the number of the step alone.
 * @param step an int32 scalar that differs from step to step
 * @param seed used where the user gave none
 */
export function drawInGraph(
  draw: Exclude<Draw, {kind: 'other'}>,
  shape: readonly number[],
  step: InputNode,
  seed: number,
): GraphTensor {
  const type = {dtype: DTYPES.float32, shape};
  const pair = op('Pack', {N: {i: 2}, T: INT, axis: {i: 0}}, [int32([draw.seed ?? seed], []), output(step)], {
    dtype: DTYPES.int32,
    shape: [2],
  });
  const random = (name: string) => op(name, {dtype: FLOAT, T: INT, Tseed: INT}, [int32(shape), pair], type);
  const scaled = (values: GraphTensor, factor: number, offset: number) => {
    const times = factor === 1 ? values : op('Mul', {T: FLOAT}, [values, scalar(factor)], type);
    return offset === 0 ? times : op('AddV2', {T: FLOAT}, [times, scalar(offset)], type);
  };
  if (draw.kind === 'uniform') return scaled(random('StatelessRandomUniform'), draw.range, draw.min);
  const normal = random(draw.truncated ? 'StatelessTruncatedNormal' : 'StatelessRandomNormal');
  return scaled(normal, draw.deviation, draw.mean);
}

function scalar(value: number): GraphTensor {
  return output({kind: 'const', type: {dtype: DTYPES.float32, shape: []}, values: Float32Array.of(value)});
}
