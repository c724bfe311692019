import type {HostTensor} from '@ingot/tensorflow/session';
import type {ModelSpec} from '../lifecycle/servable.js';
import {decodeTensor, encodeTensor} from './tensor-proto.js';
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

/** Reads a serialized tensorflow.serving.PredictRequest. @throws StatusError INVALID_ARGUMENT when it is malformed. */
export function decodePredictRequest(message: Buffer): PredictRequest {
  let modelSpec: WireModelSpec | null = null;
  const inputs: Record<string, HostTensor> = Object.create(null) as Record<string, HostTensor>;
  const outputFilter: string[] = [];
  const reader = new WireReader(message);
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (type !== BYTES) reader.skip(type);
    else if (field === 1) modelSpec = decodeModelSpec(reader.view());
    else if (field === 2) addInput(inputs, reader.view());
    else if (field === 3) outputFilter.push(reader.text());
    else reader.skip(type);
  }
  return {modelSpec, inputs, outputFilter};
}

function addInput(inputs: Record<string, HostTensor>, entry: Buffer): void {
  let name = '';
  let tensor: Buffer = Buffer.alloc(0);
  const reader = new WireReader(entry);
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (field === 1 && type === BYTES) name = reader.text();
    else if (field === 2 && type === BYTES) tensor = reader.view();
    else reader.skip(type);
  }
  inputs[name] = decodeTensor(tensor);
}

/** Reads a serialized tensorflow.serving.ModelSpec. @throws StatusError INVALID_ARGUMENT when it is malformed. */
export function decodeModelSpec(message: Buffer): WireModelSpec {
  let name = '';
  let signatureName = '';
  let version: bigint | undefined;
  let label: string | undefined;
  const reader = new WireReader(message);
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (type !== BYTES) reader.skip(type);
    else if (field === 1) name = reader.text();
    else if (field === 2) [version, label] = [decodeInt64Value(reader.view()), undefined];
    else if (field === 3) signatureName = reader.text();
    else if (field === 4) [version, label] = [undefined, reader.text()];
    else reader.skip(type);
  }
  return {name, signatureName, ...(version !== undefined && {version}), ...(label !== undefined && {label})};
}

/** google.protobuf.Int64Value */
function decodeInt64Value(message: Buffer): bigint {
  let value = 0n;
  const reader = new WireReader(message);
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
  writer.text(1, name);
  writer.message(2, inner => void (version !== 0n && inner.varint(1, version)));
  writer.text(3, signatureName);
}

/** A serialized tensorflow.serving.PredictResponse. */
export function encodePredictResponse(
  spec: AnsweredSpec,
  outputs: Readonly<Record<string, HostTensor>>,
  asContent: boolean,
): Buffer {
  const writer = new WireWriter();
  for (const [name, tensor] of Object.entries(outputs)) {
    writer.message(1, entry => entry.text(1, name).message(2, inner => encodeTensor(inner, tensor, asContent)));
  }
  return writer.message(2, inner => encodeModelSpec(inner, spec)).finish();
}
