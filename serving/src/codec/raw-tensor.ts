import {isStrings, type Dtype, type HostTensor} from '@ingot/tensorflow/session';
import {invalidArgument} from '../status/status.js';
import {elementBytes, elementsOf} from './dtype.js';

/** Tensors as the Open Inference Protocol's raw bytes: little-endian values; strings with a 4-byte length before each. */

/** The protocol's names of dtypes. */
export const DATATYPES: Readonly<Partial<Record<Dtype, string>>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  half: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};
const DTYPES = new Map(Object.entries(DATATYPES).map(([dtype, datatype]) => [datatype, dtype as Dtype]));

/** @throws StatusError INVALID_ARGUMENT for a name that the protocol does not have. */
export function dtypeFor(datatype: string): Dtype {
  const dtype = DTYPES.get(datatype);
  if (dtype === undefined) {
    throw invalidArgument(`The datatype "${datatype}" is none of ${[...DTYPES.keys()].join(', ')}`);
  }
  return dtype;
}

/** @throws StatusError INVALID_ARGUMENT when the sizes are not whole numbers from 0, or their product is too large. */
export function checkShape(name: string, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (
    shape.length > 254 ||
    !shape.every(size => Number.isSafeInteger(size) && size >= 0) ||
    !Number.isSafeInteger(count)
  ) {
    throw invalidArgument(
      `The input "${name}" has the shape [${shape.slice(0, 16).join(',')}], which no tensor can have`,
    );
  }
  return count;
}

/** @throws StatusError INVALID_ARGUMENT when there are not as many bytes as dtype and shape need. */
export function decodeRaw(name: string, dtype: Dtype, shape: readonly number[], bytes: Buffer): HostTensor {
  const count = checkShape(name, shape);
  if (dtype === 'string') return {dtype, shape, data: decodeStrings(name, bytes, count)};
  const size = elementBytes(dtype);
  if (bytes.length !== count * size) {
    throw invalidArgument(`The input "${name}" has ${bytes.length} bytes; its shape [${shape}] needs ${count * size}`);
  }
  return {dtype, shape, data: elementsOf(dtype, bytes)};
}

function decodeStrings(name: string, bytes: Buffer, count: number): Buffer[] {
  const strings: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32LE(at) : bytes.length);
    if (end > bytes.length) throw invalidArgument(`The input "${name}" ends in the middle of a string`);
    strings.push(bytes.subarray(at + 4, end));
    at = end;
  }
  if (strings.length !== count) {
    throw invalidArgument(`The input "${name}" has ${strings.length} strings; its shape needs ${count}`);
  }
  return strings;
}

export function encodeRaw({data}: HostTensor): Buffer {
  if (!isStrings(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat(
    data.flatMap(value => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [length, value];
    }),
  );
}
