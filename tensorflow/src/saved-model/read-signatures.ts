import type {Reader} from 'protobufjs';
import type {SignatureSpec, TensorSpec} from '../tensor/signature.js';
import {DTYPES, type Dtype} from '../tensor/tensor.js';
import {readInt64, readMessage, readNested, type Fields} from './wire.js';

/**
 * The signatures of a serialized MetaGraphDef (tensorflow/core/protobuf/meta_graph.proto). A sparse tensor appears as
 * three: name/values, name/indices and name/dense_shape; another composite one (ragged...) as its parts, name/0 and so on.
 * What has no values outside TensorFlow (handles, the output of the initialiser) is left out.
 */
export function readSignatures(metaGraph: Uint8Array): Record<string, SignatureSpec> {
  const signatures: Record<string, SignatureSpec> = {};
  readMessage(metaGraph, {
    5: reader =>
      readEntry(reader, (key, value) => {
        signatures[key] = readSignature(value);
      }),
  });
  return sorted(signatures);
}

function readSignature(bytes: Uint8Array): SignatureSpec {
  const inputs: Record<string, TensorSpec> = {};
  const outputs: Record<string, TensorSpec> = {};
  let methodName = '';
  readMessage(bytes, {
    1: reader => readEntry(reader, (key, value) => Object.assign(inputs, specsOf(key, readTensorInfo(value)))),
    2: reader => readEntry(reader, (key, value) => Object.assign(outputs, specsOf(key, readTensorInfo(value)))),
    3: reader => {
      methodName = reader.string();
    },
  });
  return {methodName, inputs: sorted(inputs), outputs: sorted(outputs)};
}

interface TensorInfo {
  name: string;
  dtype: number;
  shape: number[] | null;
  sparse?: {values: string; indices: string; denseShape: string};
  components?: TensorInfo[];
}

function readTensorInfo(bytes: Uint8Array): TensorInfo {
  const info: TensorInfo = {name: '', dtype: 0, shape: null};
  readMessage(bytes, {
    1: reader => {
      info.name = reader.string();
    },
    2: reader => {
      info.dtype = reader.int32();
    },
    3: reader => {
      info.shape = readShape(reader);
    },
    4: reader => {
      const sparse = {values: '', indices: '', denseShape: ''};
      readNested(reader, {
        1: () => (sparse.values = reader.string()),
        2: () => (sparse.indices = reader.string()),
        3: () => (sparse.denseShape = reader.string()),
      });
      info.sparse = sparse;
    },
    5: reader => {
      const components: TensorInfo[] = [];
      readNested(reader, {2: () => components.push(readTensorInfo(reader.bytes()))});
      info.components = components;
    },
  });
  return info;
}

/** TensorShapeProto: null for an unknown rank, -1 for an unknown size. */
function readShape(reader: Reader): number[] | null {
  const sizes: number[] = [];
  let unknownRank = false;
  readNested(reader, {
    2: () => {
      let size = 0;
      readNested(reader, {1: () => (size = readInt64(reader))});
      sizes.push(size);
    },
    3: () => {
      unknownRank = reader.bool();
    },
  });
  return unknownRank ? null : sizes;
}

function specsOf(key: string, info: TensorInfo): Record<string, TensorSpec> {
  if (info.components) {
    return Object.assign({}, ...info.components.map((part, index) => specsOf(`${key}/${index}`, part)));
  }
  const dtype = dtypeOf(info.dtype);
  if (dtype === undefined) return {};
  if (!info.sparse) return {[key]: {dtype, shape: info.shape, tensorName: info.name}};
  return {
    [`${key}/values`]: {dtype, shape: [-1], tensorName: info.sparse.values},
    [`${key}/indices`]: {dtype: 'int64', shape: [-1, info.shape?.length ?? -1], tensorName: info.sparse.indices},
    [`${key}/dense_shape`]: {dtype: 'int64', shape: [info.shape?.length ?? -1], tensorName: info.sparse.denseShape},
  };
}

const NAMES = new Map<number, Dtype>(Object.entries(DTYPES).map(([name, number]) => [number, name as Dtype]));

/** TensorFlow 1's variables are references (types.proto: 100 more), which are read like values. */
export function dtypeOf(number: number): Dtype | undefined {
  return NAMES.get(number > 100 ? number - 100 : number);
}

/** The maps of a protobuf have no order. */
function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An entry of a map<string, message>. */
function readEntry(reader: Reader, use: (key: string, value: Uint8Array) => void): void {
  let key = '';
  let value: Uint8Array = new Uint8Array(0);
  const known: Fields = {
    1: () => (key = reader.string()),
    2: () => (value = reader.bytes()),
  };
  readNested(reader, known);
  use(key, value);
}
