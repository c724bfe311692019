import type {InputPort, OutputPort} from './spec.js';

type PortDtype = 'float32' | 'int32' | 'bool' | 'string';

/** The tensor that a port of the contract stands for; the first dimension is the batch. */
export function tensorOf(port: InputPort | OutputPort): {dtype: PortDtype; shape: (number | null)[]} {
  switch (port.kind) {
    case 'series':
      return {dtype: 'float32', shape: [null, port.length]};
    case 'image':
      return {dtype: 'float32', shape: [null, port.height, port.width, port.channels]};
    case 'labels':
      return {dtype: 'float32', shape: [null, port.labels.length]};
    case 'forecast':
      return {dtype: 'float32', shape: [null, port.horizon, port.quantiles.length]};
    case 'tensor':
      return {dtype: port.dtype, shape: [null, ...port.shape]};
  }
}

/** e.g. "prices: float32 [?, 60]". */
export function portText(port: InputPort | OutputPort): string {
  const {dtype, shape} = tensorOf(port);
  return `${port.name}: ${dtype} [${shape.map(size => size ?? '?').join(', ')}]`;
}

/** Whether a tensor of this shape is what the port stands for. */
export function fits(port: InputPort | OutputPort, {shape, dtype}: {shape: readonly number[]; dtype: string}): boolean {
  const wanted = tensorOf(port);
  return (
    dtype === wanted.dtype &&
    shape.length === wanted.shape.length &&
    wanted.shape.every((size, axis) => size === null || size === shape[axis])
  );
}
