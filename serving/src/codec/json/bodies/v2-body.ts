import {isUtf8} from 'node:buffer';
import type {Dtype, HostTensor} from '@ingot/tensorflow/session';
import {invalidArgument} from '../../../status/status.js';
import {allocate, isInteger, type IntegerArray} from '../../dtype.js';
import {DATATYPES, checkShape, decodeRaw, dtypeFor, encodeRaw} from '../../raw-tensor.js';
import {parseDocument} from '../parse/document.js';
import {PrettyWriter} from '../write/pretty-writer.js';
import {JsonObject, ScannedNumbers, isNumber, typeName, type Json} from '../parse/value.js';
import {floatScanner} from '../scan/float-scanner.js';
import {NOT_PLAIN, roomFor} from '../scan/scanner.js';

/** Bodies of the Open Inference Protocol's REST form, with its binary tensor extension. */

export interface V2Request {
  readonly id: string | null;
  readonly signatureName: string;
  readonly inputs: Record<string, HostTensor>;
  readonly outputs: readonly string[];
  /** Which outputs are to be sent as bytes behind the JSON, and which are not. */
  readonly binary: ReadonlyMap<string, boolean>;
  /** What holds for outputs that were not named. */
  readonly binaryByDefault: boolean;
}

export interface V2Answer {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: Readonly<Record<string, HostTensor>>;
}

/**
 * @param headerBytes how much of the body is JSON; the rest is tensors as bytes
 * @throws StatusError INVALID_ARGUMENT that says which field is wrong
 */
export function parseV2Request(body: Buffer, headerBytes: number): V2Request {
  const document = parseDocument(body.subarray(0, headerBytes), readFloats);
  const binary = {bytes: body, at: headerBytes};
  const inputs = document.find('inputs');
  if (!Array.isArray(inputs)) throw invalidArgument('"inputs" must be a list of tensors');
  const tensors: Record<string, HostTensor> = Object.create(null) as Record<string, HostTensor>;
  for (const input of inputs) {
    if (!(input instanceof JsonObject)) throw invalidArgument(`An input must be an object, not ${typeName(input)}`);
    const name = text(input, 'name');
    if (name in tensors) throw invalidArgument(`The input "${name}" is given twice`);
    tensors[name] = parseTensor(input, name, binary);
  }
  if (binary.at !== body.length) {
    throw invalidArgument(`${body.length - binary.at} bytes behind the JSON belong to no input`);
  }
  const wanted = document.find('outputs') ?? [];
  if (!Array.isArray(wanted)) throw invalidArgument('"outputs" must be a list');
  const allBinary = parameter(document, 'binary_data_output') === true;
  const choices = new Map<string, boolean>();
  for (const output of wanted) {
    if (!(output instanceof JsonObject)) throw invalidArgument(`An output must be an object, not ${typeName(output)}`);
    choices.set(text(output, 'name'), (parameter(output, 'binary_data') ?? allBinary) === true);
  }
  const id = document.find('id');
  const signature = parameter(document, 'signature_name');
  return {
    id: Buffer.isBuffer(id) ? id.toString('utf8') : null,
    signatureName: Buffer.isBuffer(signature) ? signature.toString('utf8') : '',
    inputs: tensors,
    outputs: [...choices.keys()],
    binary: choices,
    binaryByDefault: allBinary,
  };
}

function text(object: JsonObject, key: string): string {
  const value = object.find(key);
  if (!Buffer.isBuffer(value)) throw invalidArgument(`"${key}" must be a text`);
  return value.toString('utf8');
}

function parameter(object: JsonObject, key: string): Json | undefined {
  const parameters = object.find('parameters');
  return parameters instanceof JsonObject ? parameters.find(key) : undefined;
}

function parseTensor(input: JsonObject, name: string, binary: {bytes: Buffer; at: number}): HostTensor {
  const dtype = dtypeFor(text(input, 'datatype'));
  const sizes = input.find('shape');
  if (!Array.isArray(sizes) || !sizes.every(size => typeof size === 'bigint')) {
    throw invalidArgument(`The shape of the input "${name}" must be a list of whole numbers`);
  }
  const shape = sizes.map(Number);
  const count = checkShape(name, shape);
  const size = parameter(input, 'binary_data_size');
  if (size !== undefined) {
    const length = typeof size === 'bigint' ? Number(size) : -1;
    if (length < 0 || binary.at + length > binary.bytes.length) {
      throw invalidArgument(`binary_data_size of the input "${name}" does not fit the body`);
    }
    binary.at += length;
    return decodeRaw(name, dtype, shape, binary.bytes.subarray(binary.at - length, binary.at));
  }
  const data = input.find('data');
  if (data === undefined) throw invalidArgument(`The input "${name}" has no "data"`);
  const values = data instanceof ScannedNumbers ? data.data : flatten(data);
  if (values.length !== count) {
    throw invalidArgument(`The input "${name}" has ${values.length} values; its shape [${shape}] needs ${count}`);
  }
  return {dtype, shape, data: Array.isArray(values) ? convert(name, dtype, values) : values};
}

const FLOATS: ReadonlyMap<string, 'float32' | 'float64'> = new Map([
  ['FP32', 'float32'],
  ['FP64', 'float64'],
]);
const DATA = Buffer.from('data');

/** Reads the floats of a tensor in one pass, when its datatype stands before them, as in what clients send. */
function readFloats(
  bytes: Buffer,
  start: number,
  object: JsonObject,
  key: Buffer,
): {value: ScannedNumbers; end: number} | null {
  if (!key.equals(DATA)) return null;
  const datatype = object.find('datatype');
  const dtype = Buffer.isBuffer(datatype) ? FLOATS.get(datatype.toString('latin1')) : undefined;
  if (dtype === undefined) return null;
  const left = bytes.length - start;
  const scanner = floatScanner(dtype, roomFor(left), left);
  const end = scanner.scan(bytes, start);
  if (end === NOT_PLAIN) return null;
  // Of a scanner of floats.
  const floats = scanner.tensor([]).data as Float32Array | Float64Array;
  return {value: new ScannedNumbers(floats), end};
}

type Scalar = Exclude<Json, Json[]>;

/** The values in row-major order, nested or flat. */
function flatten(data: Json): Scalar[] {
  const values: Scalar[] = [];
  const open: Json[][] = [Array.isArray(data) ? data : [data]];
  const positions = [0];
  while (open.length > 0) {
    const list = open.at(-1) as Json[];
    const at = positions.at(-1) as number;
    if (at === list.length) {
      open.pop();
      positions.pop();
      continue;
    }
    positions[positions.length - 1] = at + 1;
    const value = list[at] as Json;
    if (Array.isArray(value)) {
      open.push(value);
      positions.push(0);
    } else {
      values.push(value);
    }
  }
  return values;
}

const INTEGER_RANGES: Partial<Record<Dtype, readonly [bigint, bigint]>> = Object.fromEntries(
  [8n, 16n, 32n, 64n].flatMap(bits => [
    [`int${bits}`, [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]],
    [`uint${bits}`, [0n, 2n ** bits - 1n]],
  ]),
);

function convert(name: string, dtype: Dtype, values: readonly Scalar[]): HostTensor['data'] {
  const refuse = (value: Json): Error =>
    invalidArgument(`The input "${name}" has a value (${typeName(value)}) that is no ${DATATYPES[dtype]}`);
  if (dtype === 'string') {
    return values.map(value => {
      if (!Buffer.isBuffer(value)) throw refuse(value);
      return value;
    });
  }
  const range = INTEGER_RANGES[dtype];
  const data = allocate(dtype, values.length);
  values.forEach((value, i) => {
    if (dtype === 'bool') {
      if (typeof value !== 'boolean') throw refuse(value);
      data[i] = value ? 1 : 0;
    } else if (range !== undefined) {
      if (typeof value !== 'bigint' || value < range[0] || value > range[1]) throw refuse(value);
      data[i] = data instanceof BigInt64Array || data instanceof BigUint64Array ? value : Number(value);
    } else {
      // FP16 and BF16 have no JSON form in the protocol.
      if (!isNumber(value) || (dtype !== 'float32' && dtype !== 'float64')) throw refuse(value);
      data[i] = Number(value);
    }
  });
  return data;
}

/** The body of an answer; `headerBytes` is the length of its JSON, null when all of it is JSON. */
export function writeV2Response(
  answer: V2Answer,
  {id, binary, binaryByDefault}: Pick<V2Request, 'id' | 'binary' | 'binaryByDefault'>,
): {body: Buffer; headerBytes: number | null} {
  const writer = new PrettyWriter().startObject();
  writer.singleLine = true;
  writer.key('model_name').string(answer.modelName).key('model_version').string(answer.modelVersion);
  if (id !== null) writer.key('id').string(id);
  writer.key('outputs').startArray();
  const blobs: Buffer[] = [];
  for (const [name, tensor] of Object.entries(answer.outputs)) {
    const datatype = DATATYPES[tensor.dtype];
    if (datatype === undefined)
      throw invalidArgument(`The output "${name}" is ${tensor.dtype}, which V2 does not know`);
    writer.startObject().key('name').string(name).key('datatype').string(datatype).key('shape').startArray();
    for (const size of tensor.shape) writer.raw(String(size));
    writer.end();
    if ((binary.get(name) ?? binaryByDefault) || datatype === 'FP16' || datatype === 'BF16') {
      const blob = encodeRaw(tensor);
      writer.key('parameters').startObject().key('binary_data_size').raw(String(blob.length)).end();
      blobs.push(blob);
    } else {
      writeData(writer.key('data'), name, tensor);
    }
    writer.end();
  }
  const json = writer.end().end().finish();
  return blobs.length === 0
    ? {body: json, headerBytes: null}
    : {body: Buffer.concat([json, ...blobs]), headerBytes: json.length};
}

/** @throws StatusError INVALID_ARGUMENT for strings that JSON cannot hold */
function writeData(writer: PrettyWriter, name: string, {dtype, data}: HostTensor): void {
  if (dtype === 'float32' && data instanceof Float32Array) {
    writer.float32Array(data, 0, data.length);
    return;
  }
  if (isInteger(dtype) || dtype === 'uint16') {
    writer.integerArray(data as IntegerArray, 0, data.length);
    return;
  }
  writer.startArray();
  for (const value of data) {
    if (value instanceof Uint8Array) {
      if (!isUtf8(value)) {
        throw invalidArgument(
          `The output "${name}" has bytes that are no UTF-8 text; ask for it with "binary_data": true`,
        );
      }
      writer.string(value);
    } else if (dtype === 'float64') writer.float64(Number(value));
    else writer.raw(dtype === 'bool' ? String(value !== 0) : String(value));
  }
  writer.end();
}
