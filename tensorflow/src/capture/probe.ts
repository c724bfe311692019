import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {TFJS_DTYPE, type InputSpecs, type Signature} from './signature.js';

/**
 * Inputs of given sizes. Their values matter little, but differ from recording to recording, so that a shape that depends
 * on values shows: floats lie in (0, 1), whole numbers are 0 or 1, which are valid indices of nearly anything.
 * @param seed another number for other values
 */
export function probeInputs(
  specs: InputSpecs,
  signature: Signature,
  sizes: readonly number[],
  seed: number,
): Record<string, Tensor> {
  const random = generator(seed);
  return Object.fromEntries(
    Object.entries(specs).map(([name, {dtype}]) => {
      const shape = (signature.shapes[name] ?? []).map(size =>
        typeof size === 'number' ? size : (sizes[size.unknown] as number),
      );
      return [name, probe(TFJS_DTYPE[dtype as keyof typeof TFJS_DTYPE], shape, random)];
    }),
  );
}

function probe(
  dtype: 'float32' | 'int32' | 'bool' | 'string' | 'complex64',
  shape: number[],
  random: () => number,
): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  switch (dtype) {
    case 'string':
      return tf.tensor(
        Array.from({length: count}, () => String.fromCharCode(97 + Math.floor(random() * 26))),
        shape,
        'string',
      );
    case 'complex64':
      return tf.tidy(() => tf.complex(probe('float32', shape, random), probe('float32', shape, random)));
    case 'float32':
      return tf.tensor(Float32Array.from({length: count}, random), shape, dtype);
    case 'int32':
      return tf.tensor(
        Int32Array.from({length: count}, () => Math.round(random())),
        shape,
        dtype,
      );
    case 'bool':
      return tf.tensor(
        Uint8Array.from({length: count}, () => Math.round(random())),
        shape,
        dtype,
      );
  }
}

/** A small linear congruential generator (Numerical Recipes, 1992), so that a capture is the same each time. */
function generator(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}
