import {nodeBackend, type HostValues} from '../../recording/backend.js';
import type {HostConstant, Recording} from '../../recording/record.js';
import {DTYPES} from '../../session/index.js';
import type {OptimizerState} from '../program/learning-rate.js';

/** Numbers of JavaScript, in the order in which a function made tensors of them. In a graph they are fixed. */
export type Numbers = readonly {readonly value: number; readonly from: HostConstant}[];

/** The scalars of a recording, but for learning rates and random numbers. */
export function numbersOf({nodes}: Recording<unknown>, optimizers: readonly OptimizerState[]): Numbers {
  const constants = new Set(nodes.flatMap(({inputs}) => inputs.filter(input => input.kind === 'constant')));
  return [...constants].flatMap(from => {
    const {values, dtype, drawn, draw} = from;
    const [value] = values;
    if (values.length !== 1 || typeof value !== 'number' || drawn || draw !== undefined) return [];
    return dtype === DTYPES.float32 && optimizers.some(optimizer => optimizer.marked(value) !== 0)
      ? []
      : [{value, from}];
  });
}

/** The scalars that a function makes tensors of while it runs op by op. */
export function observeNumbers<T>(call: () => T): {result: T; numbers: ReadonlySet<number>} {
  const numbers = new Set<number>();
  const backend = nodeBackend();
  const own = Object.getOwnPropertyDescriptor(backend, 'write');
  const {write} = backend;
  backend.write = function (values: HostValues | null, shape, dtype) {
    const [value] = values ?? [];
    if (values?.length === 1 && typeof value === 'number') numbers.add(value);
    return write.call(this, values as HostValues, shape, dtype);
  };
  try {
    return {result: call(), numbers};
  } finally {
    if (own) Object.defineProperty(backend, 'write', own);
    else delete (backend as Partial<typeof backend>).write;
  }
}
