import {Client, Metadata, credentials, status} from '@grpc/grpc-js';
import {Cancellation} from '../deadline/cancellation.js';
import {NO_LOG} from '../logging/request-log.js';
import {servingType} from '../codec/inference-proto.js';
import {modelConfigs} from '../config/model-config.js';
import {modelService} from '../grpc/model-service.js';
import {predictionService} from '../grpc/prediction-service.js';
import type {UnaryHandler} from '../grpc/protocol/handler.js';
import {StatusError, type Code} from '../status/status.js';
import {expectError, firstOf, same, type Failure} from './compare.js';
import type {ServedModels} from './served-models.js';
import type {Expectation, Vector} from './vector.js';

/** Cases of the gRPC door: messages in, messages out, as they are on the wire. */

const MESSAGES: Readonly<Record<string, readonly [request: string, response: string]>> = {
  Predict: ['PredictRequest', 'PredictResponse'],
  Classify: ['ClassificationRequest', 'ClassificationResponse'],
  Regress: ['RegressionRequest', 'RegressionResponse'],
  MultiInference: ['MultiInferenceRequest', 'MultiInferenceResponse'],
  GetModelMetadata: ['GetModelMetadataRequest', 'GetModelMetadataResponse'],
  GetModelStatus: ['GetModelStatusRequest', 'GetModelStatusResponse'],
  HandleReloadConfigRequest: ['ReloadConfigRequest', 'ReloadConfigResponse'],
};

/** @param address where a server with the models of these cases listens; null to ask them in this process. */
export async function rpcCase({input, expect}: Vector, served: ServedModels, address: string | null): Promise<Failure> {
  const [service = '', method = ''] = input.rpc?.split('.') ?? [];
  const [requestName, responseName] = MESSAGES[method] ?? [];
  if (requestName === undefined || responseName === undefined) return `unknown call ${input.rpc}`;
  const request = servingType(requestName);
  const bytes = Buffer.from(request.encode(request.fromObject(protoForm(input.request ?? {}) as object)).finish());
  const call = (): Promise<Buffer> =>
    address === null
      ? askHere(served, method, bytes)
      : askServer(address, `/tensorflow.serving.${service}/${method}`, bytes);
  if (expect.status !== undefined && expect.status !== 'OK') return expectError(expect, call);
  const response = servingType(responseName);
  const options = {longs: Number, enums: String, defaults: false} as const;
  return compareResponse(expect, response.toObject(response.decode(await call()), options));
}

async function askHere(served: ServedModels, method: string, message: Buffer): Promise<Buffer> {
  const models = await served.forRpc();
  const handlers: Record<string, UnaryHandler> = {
    ...predictionService(models, {
      checkMethodName: false,
      asContent: false,
      onExamples: () => undefined,
      requestLog: NO_LOG,
    }),
    // The cases are refused before anything is changed.
    ...modelService(models, {reload: async config => void modelConfigs(config), counter: () => undefined}),
  };
  const handler = handlers[method];
  if (handler === undefined) throw new Error(`no handler for ${method}`);
  return handler(message, {deadlineMs: undefined, signal: new Cancellation()});
}

/** @throws StatusError with what the server answered */
function askServer(address: string, path: string, message: Buffer): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  const deadline = Date.now() + CALL_MS;
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, message, new Metadata(), {deadline}, (error, answer) => {
      if (error === null) resolve(answer as Buffer);
      else reject(new StatusError(status[error.code] as Exclude<Code, 'OK'>, error.details));
    });
  }).finally(() => client.close());
}

const CALL_MS = 60_000;

/** The cases write shapes as plain lists and features without their wrappers; messages have them. */
function protoForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(protoForm);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'tensor_shape' && Array.isArray(inner))
        return [key, {dim: inner.map(size => ({size: Number(size)}))}];
      if (key === 'string_val' && Array.isArray(inner)) return [key, inner.map(text => Buffer.from(String(text)))];
      if (key === 'examples' && Array.isArray(inner)) return [key, inner.map(example)];
      if (key === 'context') return [key, example(inner)];
      return [key, protoForm(inner)];
    }),
  );
}

function example(features: unknown): unknown {
  const wrapped = Object.entries(features as Record<string, Record<string, unknown[]>>).map(([name, lists]) => [
    name,
    Object.fromEntries(
      Object.entries(lists).map(([kind, values]) => [
        kind,
        {value: kind === 'bytes_list' ? values.map(text => Buffer.from(String(text))) : values},
      ]),
    ),
  ]);
  return {features: {feature: Object.fromEntries(wrapped)}};
}

function compareResponse(expect: Expectation, got: Record<string, unknown>): Failure {
  const spec = expect.model_spec;
  const gotSpec = got['model_spec'] as {version?: {value?: number}} | undefined;
  const outputs = (got['outputs'] ?? {}) as Record<string, Record<string, unknown>>;
  const results = (got['results'] ?? []) as {model_spec?: {version?: {value?: number}}}[];
  return firstOf(
    expect.model_version_status_count === undefined
      ? null
      : same('versions', (got['model_version_status'] as unknown[]).length, expect.model_version_status_count),
    spec === undefined ? null : same('model_spec', {...gotSpec, version: gotSpec?.version?.value}, {...spec}),
    ...Object.entries(expect.outputs ?? {}).map(([name, wanted]) =>
      firstOf(
        same(`dtype of ${name}`, outputs[name]?.['dtype'], wanted['dtype']),
        same(`float_val of ${name}`, outputs[name]?.['float_val'], wanted['float_val']),
        same(`tensor_content of ${name}`, outputs[name]?.['tensor_content'], undefined),
      ),
    ),
    expect.results === undefined
      ? null
      : same(
          'results',
          results.map(result => ({...result, model_spec: undefined})),
          expect.results.map(result => ({...(result as object), model_spec: undefined})),
        ),
    expect.each_model_spec_version === undefined
      ? null
      : same(
          'versions',
          results.map(result => result.model_spec?.version?.value),
          results.map(() => expect.each_model_spec_version),
        ),
  );
}
