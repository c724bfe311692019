import type {HostTensor} from '@ingot/tensorflow/session';
import {encodeExamplesResponse, type Result} from '../codec/inference-proto.js';
import {encodePredictResponse} from '../codec/predict-answer.js';
import type {Servable} from '../lifecycle/servable.js';
import {encodeExamplesRequest, encodePredictRequest} from './prediction-log.js';
import type {RequestLog} from './request-log.js';

/** Calls that did not come as messages of the gRPC API are logged as if they had. */

type Tensors = Readonly<Record<string, HostTensor>>;

export function logPredict(
  requestLog: RequestLog,
  {model: name, version}: Servable,
  signatureName: string,
  inputs: Tensors,
  outputs: Tensors,
): void {
  const sink = requestLog.sample(name);
  if (sink === null) return;
  const spec = {name, version, signatureName};
  const request = encodePredictRequest(spec, inputs);
  sink({api: 'predict', spec, request, response: encodePredictResponse(spec, outputs, true)});
}

export function logExamples(
  requestLog: RequestLog,
  {model: name, version}: Servable,
  signatureName: string,
  examples: readonly Uint8Array[],
  result: Result,
): void {
  const sink = requestLog.sample(name);
  if (sink === null) return;
  const spec = {name, version, signatureName};
  const request = encodeExamplesRequest(spec, examples);
  const api = 'classes' in result ? 'classify' : 'regress';
  sink({api, spec, request, response: encodeExamplesResponse(spec, result)});
}
