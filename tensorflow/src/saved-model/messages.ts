import {fileURLToPath} from 'node:url';
import protobuf from 'protobufjs';

/** Plain objects in the form of `proto/saved_model.proto`, as far as they are written here. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, object>>;
}
export interface TensorInfo {
  readonly name: string;
  readonly dtype: number;
  readonly tensor_shape: ShapeProto;
}
export interface ShapeProto {
  readonly dim: readonly {readonly size: number}[];
}

const root = new protobuf.Root().loadSync(fileURLToPath(new URL('../../proto/saved_model.proto', import.meta.url)), {
  keepCase: true,
});

/**
 * The bytes of a message.
 * @param type its name in `proto/saved_model.proto`, e.g. "SavedModel"
 */
export function encode(type: string, message: object): Uint8Array {
  return root.lookupType(`tensorflow.${type}`).encode(message).finish();
}

/** A size of -1 stands for an unknown one. */
export function shapeProto(shape: readonly (number | null)[]): ShapeProto {
  return {dim: shape.map(size => ({size: size ?? -1}))};
}
