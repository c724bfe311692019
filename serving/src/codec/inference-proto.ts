import type protobuf from 'protobufjs';
import type {ScoredClass} from './json/bodies/results.js';
import {decodeModelSpec, encodeModelSpec, type AnsweredSpec, type WireModelSpec} from './predict-proto.js';
import {BYTES, WireReader, WireWriter, fieldsOf} from './wire.js';
import {messages, protoRoot} from './proto.js';

/** The gRPC messages of classify, regress and multi-inference. Examples stay the bytes that they came as. */

export interface ExamplesRequest {
  readonly modelSpec: WireModelSpec | null;
  /** Serialized tf.Example protos, a shared context's bytes in front of each. */
  readonly examples: readonly Uint8Array[];
}

export interface InferenceTask {
  readonly modelSpec: WireModelSpec | null;
  readonly methodName: string;
}

export interface MultiInferenceRequest {
  readonly tasks: readonly InferenceTask[];
  readonly examples: readonly Uint8Array[];
}

/** Reads a ClassificationRequest or RegressionRequest. @throws StatusError INVALID_ARGUMENT when it is malformed. */
export function decodeExamplesRequest(message: Buffer): ExamplesRequest {
  const spec = fieldsOf(message, 1).at(-1);
  return {modelSpec: spec ? decodeModelSpec(spec) : null, examples: decodeInput(fieldsOf(message, 2))};
}

/** Reads a MultiInferenceRequest. @throws StatusError INVALID_ARGUMENT when it is malformed. */
export function decodeMultiInferenceRequest(message: Buffer): MultiInferenceRequest {
  const tasks = fieldsOf(message, 1).map(task => {
    const spec = fieldsOf(task, 1).at(-1);
    return {modelSpec: spec ? decodeModelSpec(spec) : null, methodName: fieldsOf(task, 2).at(-1)?.toString() ?? ''};
  });
  return {tasks, examples: decodeInput(fieldsOf(message, 2))};
}

/** tensorflow.serving.Input: a list of examples, or one with a context. */
function decodeInput(inputs: readonly Buffer[]): Uint8Array[] {
  let examples: Uint8Array[] = [];
  for (const input of inputs) {
    const reader = new WireReader(input);
    while (!reader.done) {
      const {field, type} = reader.tag();
      if (type !== BYTES || (field !== 1 && field !== 2)) {
        reader.skip(type);
        continue;
      }
      const list = reader.view();
      const plain = fieldsOf(list, 1);
      const context = field === 2 ? Buffer.concat(fieldsOf(list, 2)) : Buffer.alloc(0);
      examples = context.length === 0 ? plain : plain.map(example => Buffer.concat([context, example]));
    }
  }
  return examples;
}

/** A ClassificationResult or RegressionResult, in an answer's field `field`. */
export type Result = {readonly classes: readonly (readonly ScoredClass[])[]} | {readonly values: Float32Array};

function encodeResult(writer: WireWriter, field: number, result: Result): void {
  writer.message(field, inner => {
    if ('classes' in result) {
      for (const classes of result.classes.toReversed()) {
        inner.message(1, list => {
          for (const {label, score} of classes.toReversed()) list.message(1, one => encodeClass(one, label, score));
        });
      }
    } else {
      for (const value of result.values.toReversed()) inner.message(1, one => encodeFloat(one, 1, value));
    }
  });
}

function encodeClass(writer: WireWriter, label: Uint8Array, score: number): void {
  encodeFloat(writer, 2, score);
  if (label.length > 0) writer.bytes(1, label);
}

function encodeFloat(writer: WireWriter, field: number, value: number): void {
  if (!Object.is(value, 0)) writer.float(field, value);
}

/** A serialized ClassificationResponse or RegressionResponse. */
export function encodeExamplesResponse(spec: AnsweredSpec, result: Result): Buffer {
  const writer = new WireWriter().message(2, inner => encodeModelSpec(inner, spec));
  encodeResult(writer, 1, result);
  return writer.finish();
}

/** A serialized MultiInferenceResponse. */
export function encodeMultiInferenceResponse(results: readonly {spec: AnsweredSpec; result: Result}[]): Buffer {
  const writer = new WireWriter();
  for (const {spec, result} of results.toReversed()) {
    writer.message(1, one => {
      encodeResult(one, 'classes' in result ? 2 : 3, result);
      one.message(1, inner => encodeModelSpec(inner, spec));
    });
  }
  return writer.finish();
}

/** A serialized GetModelMetadataResponse with the signatures of the model. */
export function encodeMetadataResponse(
  name: string,
  version: bigint,
  signatures: Readonly<Record<string, protobuf.Message>>,
): Buffer {
  const {SignatureDefMap} = messages;
  const map = SignatureDefMap.encode(SignatureDefMap.create({signature_def: signatures})).finish();
  return new WireWriter()
    .message(2, entry =>
      entry
        .message(2, any => any.bytes(2, map).text(1, `type.googleapis.com/${SignatureDefMap.fullName.slice(1)}`))
        .text(1, 'signature_def'),
    )
    .message(1, inner => encodeModelSpec(inner, {name, version, signatureName: ''}))
    .finish();
}

/** The type of a message of the API by its name, for those that are off the hot path. */
export function servingType(name: string): protobuf.Type {
  return protoRoot.lookupType(`tensorflow.serving.${name}`);
}
