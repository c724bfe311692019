import type {HostTensor} from '@ingot/tensorflow/session';
import {invalidArgument} from '../../../status/status.js';
import {dtypeText, isInteger, type IntegerArray} from '../../dtype.js';
import type {BodyFormat} from './predict-body.js';
import {MAX_NUMBER_BYTES} from '../write/float-text.js';
import {PrettyWriter} from '../write/pretty-writer.js';

/** So few values get all the room that they may need at once; of many only the few long ones make it grow. */
const FEW = 256;

/**
 * Writes the body of a :predict answer.
 * @throws StatusError INVALID_ARGUMENT when the outputs have no such form: no output, a dtype without JSON, or, for rows,
 *   outputs that disagree about how many there are.
 */
export function writePredictResponse(format: BodyFormat, outputs: Readonly<Record<string, HostTensor>>): Buffer {
  const named = Object.entries(outputs);
  const values = named.reduce((sum, [, tensor]) => sum + tensor.data.length, 0);
  if (named.length === 0) throw invalidArgument('Cannot convert empty tensor map to JSON');
  const writer = new PrettyWriter(64 + values * (values < FEW ? MAX_NUMBER_BYTES + 2 : 14));
  writer.startObject();
  if (format === 'row') writeRows(writer.key('predictions'), named);
  else writeColumns(writer.key('outputs'), named);
  return writer.end().finish();
}

type Named = readonly (readonly [string, HostTensor])[];

function writeRows(writer: PrettyWriter, outputs: Named): void {
  const batch = batchSize(outputs);
  const cursors = outputs.map(([name, tensor]) => new Cursor(name, tensor));
  writer.startArray();
  for (let row = 0; row < batch; row++) {
    if (cursors.length > 1) writer.startObject();
    writer.singleLine = true;
    for (const cursor of cursors) {
      if (cursors.length > 1) writer.key(cursor.name);
      cursor.write(writer, 1);
    }
    writer.singleLine = false;
    if (cursors.length > 1) writer.end();
  }
  writer.end();
}

function batchSize(outputs: Named): number {
  let batch: number | undefined;
  for (const [name, {shape}] of outputs) {
    const size = shape[0];
    if (size === undefined) throw invalidArgument(`Tensor name: ${name} has no shape information `);
    if (batch !== undefined && batch !== size) {
      throw invalidArgument(`Tensor name: ${name} has inconsistent batch size: ${size} expecting: ${batch}`);
    }
    batch = size;
  }
  return batch ?? 0;
}

function writeColumns(writer: PrettyWriter, outputs: Named): void {
  if (outputs.length > 1) writer.startObject();
  for (const [name, tensor] of outputs) {
    if (outputs.length > 1) writer.key(name);
    new Cursor(name, tensor).write(writer, 0);
  }
  if (outputs.length > 1) writer.end();
}

/** Walks over a tensor's values in row-major order. */
class Cursor {
  private at = 0;
  private readonly asBase64: boolean;

  constructor(
    readonly name: string,
    private readonly tensor: HostTensor,
  ) {
    this.asBase64 = tensor.dtype === 'string' && name.endsWith('_bytes');
  }

  /** Writes what lies below axis `axis`, once. */
  write(writer: PrettyWriter, axis: number): void {
    const {shape} = this.tensor;
    const size = shape[axis];
    if (size === undefined) return this.writeValue(writer);
    if (axis === shape.length - 1 && this.writeVector(writer, size)) return;
    writer.startArray();
    for (let i = 0; i < size; i++) this.write(writer, axis + 1);
    writer.end();
  }

  /** Writes so many values as an array; false where that takes a look at each. */
  private writeVector(writer: PrettyWriter, size: number): boolean {
    const {dtype, data} = this.tensor;
    if (dtype === 'float32') writer.float32Array(data as Float32Array, this.at, this.at + size);
    else if (isInteger(dtype)) writer.integerArray(data as IntegerArray, this.at, this.at + size);
    else return false;
    this.at += size;
    return true;
  }

  private writeValue(writer: PrettyWriter): void {
    const {dtype, data} = this.tensor;
    const value = data[this.at++];
    switch (dtype) {
      case 'float32':
        writer.float32(value as number);
        return;
      case 'float64':
        writer.float64(value as number);
        return;
      case 'bool':
        writer.raw(value ? 'true' : 'false');
        return;
      case 'string':
        this.writeString(writer, value as Uint8Array);
        return;
      default:
        if (isInteger(dtype)) {
          writer.raw(String(value));
          return;
        }
        throw invalidArgument(`Failed to write JSON value for tensor type: ${dtypeText(dtype)}`);
    }
  }

  private writeString(writer: PrettyWriter, value: Uint8Array): void {
    if (!this.asBase64) {
      writer.string(value);
      return;
    }
    writer.startObject().key('b64').string(Buffer.from(value).toString('base64')).end();
  }
}
