import type {SignatureDefs} from '../../saved-model.js';

/** protobufjs's plain form of the messages that this file reads; 64-bit integers are strings. */
interface PlainTensorInfo {
  readonly dtype: string;
  readonly tensor_shape?: {readonly dim?: readonly {size: string; name: string}[]; readonly unknown_rank: boolean};
  readonly name?: string;
  readonly coo_sparse?: object;
}
interface PlainSignature {
  readonly inputs: Readonly<Record<string, PlainTensorInfo>>;
  readonly outputs: Readonly<Record<string, PlainTensorInfo>>;
  readonly method_name: string;
}

/** The body of GET .../metadata, in the spelling of protobuf's JSON printer. */
export function writeMetadataResponse(name: string, version: bigint, signatures: SignatureDefs): Buffer {
  const signature_def = Object.fromEntries(
    Object.entries(signatures).map(([key, message]) => [
      key,
      signature(
        message.$type.toObject(message, {
          longs: String,
          enums: String,
          defaults: true,
          oneofs: false,
        }) as PlainSignature,
      ),
    ]),
  );
  return protoJson({
    model_spec: {name, signature_name: '', version: String(version)},
    metadata: {signature_def: {signature_def}},
  });
}

/** Text as protobuf's JSON printer lays it out. */
export function protoJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}

function signature({inputs, outputs, method_name}: PlainSignature): object {
  return {inputs: tensors(inputs), outputs: tensors(outputs), method_name, defaults: {}};
}

function tensors(infos: Readonly<Record<string, PlainTensorInfo>>): object {
  return Object.fromEntries(Object.entries(infos).map(([name, info]) => [name, tensor(info)]));
}

function tensor({dtype, tensor_shape: shape, name, coo_sparse}: PlainTensorInfo): object {
  return {
    dtype,
    ...(shape && {
      tensor_shape: {
        dim: (shape.dim ?? []).map(({size, name: label}) => ({size, name: label})),
        unknown_rank: shape.unknown_rank,
      },
    }),
    ...(coo_sparse ? {coo_sparse} : {name: name ?? ''}),
  };
}
