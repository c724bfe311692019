import type {Dtype, HostTensor} from '@ingot/tensorflow/session';
import {allocate} from '../codec/dtype.js';
import {protoRoot} from '../codec/proto.js';
import {DATATYPES, checkShape, decodeRaw, dtypeFor, encodeRaw} from '../codec/raw-tensor.js';
import {WireWriter} from '../codec/wire.js';
import type {CallOptions, StreamHandler, UnaryHandler} from '../grpc/protocol/handler.js';
import {StatusError, invalidArgument, toStatusError} from '../status/status.js';
import {SERVER, type V2Inference} from './inference.js';
import {noModelControl} from './repository.js';

/** inference.GRPCInferenceService: the Open Inference Protocol V2 over gRPC. */

interface InputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly string[];
  readonly contents?: Readonly<Record<string, readonly (number | string | boolean | Uint8Array)[]>>;
}
interface InferMessage {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters?: Readonly<Record<string, {string_param?: string}>>;
  readonly inputs: readonly InputTensor[];
  readonly outputs: readonly {name: string}[];
  readonly raw_input_contents: readonly Uint8Array[];
}

/** Which list of InferTensorContents holds a datatype. */
const CONTENTS: Readonly<Record<string, string>> = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
};

/** Field numbers of ModelStreamInferResponse. */
const ERROR_MESSAGE = 1;
const INFER_RESPONSE = 2;

export function inferenceService(inference: V2Inference) {
  return {
    ServerLive: async () => encode('ServerLiveResponse', {live: true}),
    ServerReady: async () => encode('ServerReadyResponse', {ready: inference.ready}),
    ServerMetadata: async () => encode('ServerMetadataResponse', SERVER),
    async ModelReady(message) {
      const {name, version} = decode<{name: string; version: string}>('ModelReadyRequest', message);
      return encode('ModelReadyResponse', {ready: inference.modelReady(name, version)});
    },
    async ModelMetadata(message) {
      const {name, version} = decode<{name: string; version: string}>('ModelMetadataRequest', message);
      return encode('ModelMetadataResponse', inference.metadata(name, version));
    },
    async ModelConfig(message) {
      const {name, version} = decode<{name: string; version: string}>('ModelConfigRequest', message);
      return encode('ModelConfigResponse', {config: inference.config(name, version)});
    },
    async RepositoryIndex(message) {
      const {ready} = decode<{ready: boolean}>('RepositoryIndexRequest', message);
      return encode('RepositoryIndexResponse', {models: inference.index(ready)});
    },
    async RepositoryModelLoad() {
      throw noModelControl();
    },
    async RepositoryModelUnload() {
      throw noModelControl();
    },
    ModelInfer: async (message, call) => encode('ModelInferResponse', await infer(inference, message, call)),
  } satisfies Record<string, UnaryHandler>;
}

/**
 * ModelStreamInfer: many requests over one call, each answered as ModelInfer answers it, before the next is read: a client
 * that does not read its answers holds one of them here, not all. One that fails is answered with its error; the stream goes on.
 */
export function streamInfer(modelInfer: UnaryHandler): StreamHandler {
  return async call => {
    const {signal, metadata} = call;
    for await (const message of call.messages) {
      const writer = new WireWriter();
      try {
        writer.bytes(
          INFER_RESPONSE,
          await modelInfer(message, {deadlineMs: call.deadlineMs, signal, ...(metadata && {metadata})}),
        );
      } catch (error) {
        writer.text(ERROR_MESSAGE, toStatusError(error).message);
      }
      await call.write(writer.finish());
    }
  };
}

async function infer(inference: V2Inference, message: Buffer, call: CallOptions): Promise<object> {
  const {deadlineMs, signal} = call;
  const request = decode<InferMessage>('ModelInferRequest', message);
  call.model = request.model_name;
  const raw = request.raw_input_contents.length > 0;
  if (raw && request.raw_input_contents.length !== request.inputs.length) {
    throw invalidArgument(
      `raw_input_contents has ${request.raw_input_contents.length} entries for ${request.inputs.length} inputs`,
    );
  }
  const inputs = Object.fromEntries(
    request.inputs.map((input, i) => [input.name, decodeInput(input, request.raw_input_contents[i])]),
  );
  const wanted = {
    inputs,
    outputs: request.outputs.map(({name}) => name),
    signatureName: request.parameters?.['signature_name']?.string_param ?? '',
  };
  const limits = {signal, ...(deadlineMs !== undefined && {deadlineMs})};
  const answer = await inference.infer(request.model_name, request.model_version, wanted, limits, call);
  const outputs = Object.entries(answer.outputs);
  // What comes as bytes goes as bytes; so does all beside an output that has no other form.
  const asBytes = raw || outputs.some(([, {dtype}]) => DATATYPES[dtype] !== undefined && listOf(dtype) === undefined);
  return {
    model_name: answer.modelName,
    model_version: answer.modelVersion,
    id: request.id,
    outputs: outputs.map(([name, tensor]) => describe(name, tensor, asBytes)),
    raw_output_contents: asBytes ? outputs.map(([, tensor]) => encodeRaw(tensor)) : [],
  };
}

function decodeInput({name, datatype, shape: sizes, contents}: InputTensor, raw: Uint8Array | undefined): HostTensor {
  const dtype = dtypeFor(datatype);
  const shape = sizes.map(Number);
  if (raw !== undefined) return decodeRaw(name, dtype, shape, Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength));
  const list = CONTENTS[datatype];
  const values = (list === undefined ? undefined : contents?.[list]) ?? [];
  const count = checkShape(name, shape);
  if (values.length !== count) {
    throw invalidArgument(`The input "${name}" has ${values.length} values; its shape [${shape}] needs ${count}`);
  }
  if (dtype === 'string') return {dtype, shape, data: values as Uint8Array[]};
  const data = allocate(dtype, count);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  values.forEach((value, i) => (data[i] = wide ? BigInt(value as string) : Number(value)));
  return {dtype, shape, data};
}

/** Which list holds values of a dtype: none those of FP16 and BF16. */
function listOf(dtype: Dtype): string | undefined {
  return CONTENTS[DATATYPES[dtype] ?? ''];
}

function describe(name: string, tensor: HostTensor, raw: boolean): object {
  const datatype = DATATYPES[tensor.dtype];
  if (datatype === undefined) {
    throw invalidArgument(`The output "${name}" is ${tensor.dtype}, which V2 does not know`);
  }
  if (raw) return {name, datatype, shape: tensor.shape.map(String)};
  const values = Array.from(tensor.data as Iterable<unknown>, value =>
    typeof value === 'bigint' ? String(value) : tensor.dtype === 'bool' ? value !== 0 : value,
  );
  return {name, datatype, shape: tensor.shape.map(String), contents: {[listOf(tensor.dtype) ?? '']: values}};
}

const type = (name: string) => protoRoot.lookupType(`inference.${name}`);

function encode(name: string, message: object): Buffer {
  const made = type(name);
  return Buffer.from(made.encode(made.fromObject(message)).finish());
}

function decode<T>(name: string, message: Buffer): T {
  try {
    const made = type(name);
    return made.toObject(made.decode(message), {longs: String, arrays: true, defaults: true, oneofs: false}) as T;
  } catch (error) {
    throw new StatusError('INVALID_ARGUMENT', `The message is no ${name}`, {cause: error});
  }
}
