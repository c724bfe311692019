import protobuf from 'protobufjs';
import {messages} from './proto.js';

/** MetaGraphDef.signature_def (tensorflow/core/protobuf/meta_graph.proto). */
const SIGNATURE_DEF = 5;

/** The signatures of a model by name, as `tensorflow.SignatureDef` messages. */
export type SignatureDefs = Readonly<Record<string, protobuf.Message>>;

/** Reads the signatures of a serialized MetaGraphDef and steps over everything else in it. */
export function readSignatureDefs(metaGraph: Uint8Array): SignatureDefs {
  return Object.fromEntries(
    fields(metaGraph, SIGNATURE_DEF).map(entry => {
      const [key] = fields(entry, 1);
      const [value] = fields(entry, 2);
      return [Buffer.from(key ?? []).toString('utf8'), messages.SignatureDef.decode(value ?? new Uint8Array())];
    }),
  );
}

/** The length-delimited fields of that number. */
function fields(message: Uint8Array, number: number): Uint8Array[] {
  const reader = protobuf.Reader.create(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((number << 3) | 2)) found.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return found;
}
