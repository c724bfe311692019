import {isStrings, type Dtype, type HostTensor} from '@ingot/tensorflow/session';
import type {ModelSpec} from '../lifecycle/servable.js';
import {AlikeMessages, type Known} from './alike.js';
import {elementsOf} from './dtype.js';
import {decodeTensor, encodeTensor, Expansion, valuesIn, type Room} from './tensor-proto.js';
import {BYTES, VARINT, WireReader, fieldsOf, type WireWriter} from './wire.js';

/** ModelSpec of the gRPC API: what is asked for, and by which signature ("" when it says none). */
export interface WireModelSpec extends ModelSpec {
  readonly signatureName: string;
}

export interface PredictRequest {
  readonly modelSpec: WireModelSpec | null;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly outputFilter: readonly string[];
}

/**
 * An object without a prototype, since clients choose the names in it. V8 reads it as fast as any other, which it does not do
 * with those of `Object.create(null)`.
 */
const Named = function () {} as unknown as new () => Record<string, HostTensor>;
Named.prototype = Object.create(null);

/**
 * Reads a serialized tensorflow.serving.PredictRequest; one that is like another one but for its values is hardly read.
 * @param room for tensors that are larger than what was sent of them
 * @throws StatusError INVALID_ARGUMENT when it is malformed, and what the room throws
 */
export function decodePredictRequest(message: Buffer, room?: Room): PredictRequest {
  const known = alike.find(message);
  if (known !== null) return sameWith(known, message);
  const request = readPredictRequest(message, room);
  if (alike.wants(message.length)) remember(message, request);
  return request;
}

/** The same, whatever was read before. */
export function readPredictRequest(message: Buffer, room?: Room): PredictRequest {
  let modelSpec: WireModelSpec | null = null;
  const inputs = new Named();
  const outputFilter: string[] = [];
  const expansion = new Expansion(room);
  const reader = new WireReader(message);
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (type !== BYTES) reader.skip(type);
    else if (field === 1) modelSpec = readModelSpec(reader.message());
    else if (field === 2) addInput(inputs, reader.message(), expansion);
    else if (field === 3) outputFilter.push(reader.text());
    else reader.skip(type);
  }
  return {modelSpec, inputs, outputFilter};
}

/** What a request with one input says beside its values. */
interface Around extends Omit<PredictRequest, 'inputs'> {
  readonly name: string;
  readonly dtype: Exclude<Dtype, 'string'>;
  readonly shape: readonly number[];
}

const alike = new AlikeMessages<Around>();

function sameWith({read, start, end}: Known<Around>, message: Buffer): PredictRequest {
  const {modelSpec, outputFilter, name, dtype, shape} = read;
  const inputs = new Named();
  inputs[name] = {dtype, shape, data: elementsOf(dtype, message.subarray(start, end))};
  return {modelSpec, inputs, outputFilter};
}

/** Only a request whose values lie there as they are, all of them in one place. */
function remember(message: Buffer, {inputs, ...rest}: PredictRequest): void {
  const entries = fieldsOf(message, 2);
  const tensors = fieldsOf(entries[0] ?? message, 2);
  const [name, tensor] = Object.entries(inputs)[0] ?? [];
  if (entries.length !== 1 || tensors.length !== 1 || name === undefined || tensor === undefined) return;
  const {dtype, shape, data} = tensor;
  if (dtype === 'string' || isStrings(data)) return;
  const values = valuesIn(tensors[0] as Buffer, dtype);
  if (values?.length === data.byteLength) alike.remember(message, values, {...rest, name, dtype, shape});
}

function addInput(inputs: Record<string, HostTensor>, entry: WireReader, expansion: Expansion): void {
  let name = '';
  let tensor = NOTHING;
  while (!entry.done) {
    const {field, type} = entry.tag();
    if (field === 1 && type === BYTES) name = entry.text();
    else if (field === 2 && type === BYTES) tensor = entry.message();
    else entry.skip(type);
  }
  inputs[name] = decodeTensor(tensor, expansion);
}

const NOTHING = new WireReader(Buffer.alloc(0));

/** Reads a serialized tensorflow.serving.ModelSpec. @throws StatusError INVALID_ARGUMENT when it is malformed. */
export function decodeModelSpec(message: Buffer): WireModelSpec {
  return readModelSpec(new WireReader(message));
}

function readModelSpec(reader: WireReader): WireModelSpec {
  let name = '';
  let signatureName = '';
  let version: bigint | undefined;
  let label: string | undefined;
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (type !== BYTES) reader.skip(type);
    else if (field === 1) name = reader.text();
    else if (field === 2) [version, label] = [readInt64Value(reader.message()), undefined];
    else if (field === 3) signatureName = reader.text();
    else if (field === 4) [version, label] = [undefined, reader.text()];
    else reader.skip(type);
  }
  return {name, signatureName, ...(version !== undefined && {version}), ...(label !== undefined && {label})};
}

/** google.protobuf.Int64Value */
function readInt64Value(reader: WireReader): bigint {
  let value = 0n;
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (field === 1 && type === VARINT) value = reader.int64();
    else reader.skip(type);
  }
  return value;
}

/** A ModelSpec as answers carry it: everything filled in. */
export interface AnsweredSpec {
  readonly name: string;
  readonly version: bigint;
  readonly signatureName: string;
}

export function encodeModelSpec(writer: WireWriter, {name, version, signatureName}: AnsweredSpec): void {
  writer.text(3, signatureName);
  writer.message(2, inner => void (version !== 0n && inner.varint(1, version)));
  writer.text(1, name);
}

/** A map from names to TensorProtos, in the field `field`. */
export function encodeTensors(
  writer: WireWriter,
  field: number,
  tensors: Readonly<Record<string, HostTensor>>,
  asContent: boolean,
): void {
  for (const name of Object.keys(tensors).reverse()) {
    const tensor = tensors[name] as HostTensor;
    writer.message(field, entry => entry.message(2, inner => encodeTensor(inner, tensor, asContent)).text(1, name));
  }
}
