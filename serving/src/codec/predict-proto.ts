import type {HostTensor} from '@ingot/tensorflow/session';
import type {ModelSpec} from '../lifecycle/servable.js';
import {decodeTensor, encodeTensor, Expansion, type Room} from './tensor-proto.js';
import {BYTES, VARINT, WireReader, WireWriter} from './wire.js';

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
 * Reads a serialized tensorflow.serving.PredictRequest.
 * @param room for tensors that are larger than what was sent of them
 * @throws StatusError INVALID_ARGUMENT when it is malformed, and what the room throws
 */
export function decodePredictRequest(message: Buffer, room?: Room): PredictRequest {
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

/** A serialized tensorflow.serving.PredictResponse. */
export function encodePredictResponse(
  spec: AnsweredSpec,
  outputs: Readonly<Record<string, HostTensor>>,
  asContent: boolean,
): Buffer {
  const writer = new WireWriter().message(2, inner => encodeModelSpec(inner, spec));
  encodeTensors(writer, 1, outputs, asContent);
  return writer.finish();
}
