import type {HostTensor} from '@ingot/tensorflow/session';
import {encodeModelSpec, encodeTensors, type AnsweredSpec} from '../codec/predict-proto.js';
import {WireWriter} from '../codec/wire.js';

/** Which call it was: the field of PredictionLog that holds its request and answer. */
export const LOG_FIELD = {classify: 2, regress: 3, multiInference: 4, predict: 6} as const;
export type LoggedApi = keyof typeof LOG_FIELD;

/** A call that was answered, as serialized messages of the gRPC API. */
export interface LoggedCall {
  readonly api: LoggedApi;
  readonly spec: AnsweredSpec;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

export interface LogContext {
  readonly samplingRate: number;
  readonly tags: readonly string[];
  /** Unix time. */
  readonly seconds: number;
}

/** A serialized tensorflow.serving.PredictionLog (tensorflow_serving/apis/prediction_log.proto, logging.proto). */
export function encodePredictionLog({api, spec, request, response}: LoggedCall, context: LogContext): Buffer {
  return new WireWriter()
    .message(LOG_FIELD[api], log => log.bytes(2, response).bytes(1, request))
    .message(1, metadata => {
      metadata.varint(4, context.seconds);
      for (const tag of context.tags.toReversed()) metadata.text(3, tag);
      metadata.message(2, sampling => sampling.double(1, context.samplingRate));
      metadata.message(1, inner => encodeModelSpec(inner, spec));
    })
    .finish();
}

/** A serialized PredictRequest, for requests that came in another form. */
export function encodePredictRequest(spec: AnsweredSpec, inputs: Readonly<Record<string, HostTensor>>): Buffer {
  const writer = new WireWriter();
  encodeTensors(writer, 2, inputs, true);
  return writer.message(1, inner => encodeModelSpec(inner, spec)).finish();
}

/** A serialized ClassificationRequest or RegressionRequest of serialized tf.Example protos. */
export function encodeExamplesRequest(spec: AnsweredSpec, examples: readonly Uint8Array[]): Buffer {
  return new WireWriter()
    .message(2, input => {
      input.message(1, list => {
        for (const example of examples.toReversed()) list.bytes(1, example);
      });
    })
    .message(1, inner => encodeModelSpec(inner, spec))
    .finish();
}
