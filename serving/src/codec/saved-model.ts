import type protobuf from 'protobufjs';
import {messages} from './proto.js';
import {fieldsOf} from './wire.js';

/** MetaGraphDef.signature_def (tensorflow/core/protobuf/meta_graph.proto). */
const SIGNATURE_DEF = 5;

/** The signatures of a model by name, as `tensorflow.SignatureDef` messages. */
export type SignatureDefs = Readonly<Record<string, protobuf.Message>>;

/** Reads the signatures of a serialized MetaGraphDef and steps over everything else in it. */
export function readSignatureDefs(metaGraph: Uint8Array): SignatureDefs {
  return Object.fromEntries(
    fieldsOf(metaGraph, SIGNATURE_DEF).map(entry => {
      const [key] = fieldsOf(entry, 1);
      const [value] = fieldsOf(entry, 2);
      return [(key ?? Buffer.alloc(0)).toString('utf8'), messages.SignatureDef.decode(value ?? new Uint8Array())];
    }),
  );
}
