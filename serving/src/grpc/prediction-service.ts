import {
  decodeExamplesRequest,
  decodeMultiInferenceRequest,
  encodeExamplesResponse,
  encodeMetadataResponse,
  encodeMultiInferenceResponse,
  type InferenceTask,
  type Result,
} from '../codec/inference-proto.js';
import {encodePredictResponse} from '../codec/predict-answer.js';
import {decodeModelSpec, decodePredictRequest, type WireModelSpec} from '../codec/predict-proto.js';
import {fieldsOf} from '../codec/wire.js';
import {CLASSIFY_METHOD, REGRESS_METHOD, classify, regress, type ExamplesOptions} from '../inference/examples.js';
import type {RequestLog} from '../logging/request-log.js';
import {runPredict} from '../inference/predict.js';
import {DEFAULT_SIGNATURE, findSignature} from '../inference/signature.js';
import type {RunOptions} from '@ingot/tensorflow/session';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Lease, Servable} from '../lifecycle/servable.js';
import {StatusError, invalidArgument} from '../status/status.js';
import type {CallOptions, UnaryHandler} from './protocol/handler.js';

export interface PredictionOptions {
  readonly checkMethodName: boolean;
  /** Answer Predict with tensor_content instead of the typed lists. */
  readonly asContent: boolean;
  /** Told of how many examples each classify, regress and multi-inference is. */
  readonly onExamples: (model: string, count: number) => void;
  readonly requestLog: RequestLog;
}

/** tensorflow.serving.PredictionService */
export function predictionService(
  models: Pick<ModelManager, 'acquire'>,
  {checkMethodName, asContent, onExamples, requestLog}: PredictionOptions,
): Record<string, UnaryHandler> {
  const acquire = (spec: WireModelSpec | null, call: CallOptions): Lease => {
    const checked = checkSpec(spec);
    call.model = checked.name;
    return models.acquire(checked, call);
  };
  const withModel = async <T>(
    call: CallOptions,
    spec: WireModelSpec | null,
    work: (servable: Servable) => Promise<T>,
  ): Promise<T> => {
    const lease = acquire(spec, call);
    try {
      return await work(lease.servable);
    } finally {
      lease.release();
    }
  };
  const examplesCall =
    (run: typeof runTask, method: string): UnaryHandler =>
    async (message, call) => {
      const {modelSpec, examples} = decodeExamplesRequest(message);
      return withModel(call, modelSpec, async servable => {
        const options = {...runOptions(call), checkMethodName};
        onExamples(servable.model, examples.length);
        const {signatureName, result} = await run(servable, method, modelSpec?.signatureName ?? '', examples, options);
        const spec = answered(servable, signatureName);
        const response = encodeExamplesResponse(spec, result);
        const api = method === CLASSIFY_METHOD ? 'classify' : 'regress';
        requestLog.sample(servable.model)?.({api, spec, request: message, response});
        return response;
      });
    };
  return {
    async Predict(message, call) {
      const request = decodePredictRequest(message, call.reservation);
      const lease = acquire(request.modelSpec, call);
      try {
        const {servable} = lease;
        const {signatureName, outputs} = runPredict(servable, request, call);
        const spec = answered(servable, signatureName);
        const response = encodePredictResponse(spec, await outputs, asContent);
        requestLog.sample(servable.model)?.({api: 'predict', spec, request: message, response});
        return response;
      } finally {
        lease.release();
      }
    },
    Classify: examplesCall(runTask, CLASSIFY_METHOD),
    Regress: examplesCall(runTask, REGRESS_METHOD),
    async MultiInference(message, call) {
      const {tasks, examples} = decodeMultiInferenceRequest(message);
      checkTasks(tasks);
      // The original takes the version of the first task for all of them.
      return withModel(call, tasks[0]?.modelSpec ?? null, async servable => {
        const options = {...runOptions(call), checkMethodName};
        checkSignatures(servable, tasks);
        onExamples(servable.model, examples.length);
        const results = await Promise.all(
          tasks.map(async ({methodName, modelSpec}) => {
            const requested = modelSpec?.signatureName ?? '';
            const {signatureName, result} = await runTask(servable, methodName, requested, examples, options);
            return {spec: answered(servable, signatureName), result};
          }),
        );
        const response = encodeMultiInferenceResponse(results);
        const spec = answered(servable, '');
        requestLog.sample(servable.model)?.({api: 'multiInference', spec, request: message, response});
        return response;
      });
    },
    async GetModelMetadata(message, call) {
      const spec = fieldsOf(message, 1).at(-1);
      if (spec === undefined) throw missingSpec();
      const wanted = fieldsOf(message, 2).map(String);
      if (wanted.length === 0) {
        throw invalidArgument('GetModelMetadataRequest must specify at least one metadata_field');
      }
      const unknown = wanted.find(field => field !== 'signature_def');
      if (unknown !== undefined) throw invalidArgument(`Metadata field ${unknown} is not supported`);
      const modelSpec = decodeModelSpec(spec);
      return withModel(call, modelSpec, async ({version, signatureDefs}) =>
        encodeMetadataResponse(modelSpec.name, version, signatureDefs),
      );
    },
  };
}

async function runTask(
  servable: Servable,
  method: string,
  signature: string,
  examples: readonly Uint8Array[],
  options: ExamplesOptions,
): Promise<{signatureName: string; result: Result}> {
  if (method === CLASSIFY_METHOD) {
    const {signatureName, result} = await classify(servable, signature, examples, options);
    return {signatureName, result: {classes: result}};
  }
  const {signatureName, result} = await regress(servable, signature, examples, options);
  return {signatureName, result: {values: result}};
}

function checkTasks(tasks: readonly InferenceTask[]): void {
  if (tasks.length === 0) throw invalidArgument('A MultiInferenceRequest needs at least one task');
  const name = checkSpec(tasks[0]?.modelSpec ?? null).name;
  const signatures = new Set<string>();
  for (const {modelSpec, methodName} of tasks) {
    if (checkSpec(modelSpec).name !== name) {
      throw invalidArgument('All ModelSpecs in a MultiInferenceRequest must access the same model name.');
    }
    const signature = modelSpec?.signatureName || DEFAULT_SIGNATURE;
    if (signatures.has(signature)) throw invalidArgument(`Duplicate evaluation of signature: ${signature}`);
    signatures.add(signature);
    if (methodName !== CLASSIFY_METHOD && methodName !== REGRESS_METHOD) {
      throw new StatusError('UNIMPLEMENTED', `Unsupported signature method_name: ${methodName}`);
    }
  }
}

function checkSignatures(servable: Servable, tasks: readonly InferenceTask[]): void {
  for (const {modelSpec} of tasks) {
    const {name, spec} = findSignature(servable, modelSpec?.signatureName ?? '');
    if (spec === undefined) throw invalidArgument(`Requested signature not found in model graph: ${name}`);
  }
}

function checkSpec(spec: WireModelSpec | null): WireModelSpec {
  if (spec === null) throw missingSpec();
  if (spec.name === '') throw invalidArgument('ModelSpec has no name specified.');
  return spec;
}

export function missingSpec(): StatusError {
  return invalidArgument('Missing ModelSpec');
}

function answered(
  {model, version}: Servable,
  signatureName: string,
): {name: string; version: bigint; signatureName: string} {
  return {name: model, version, signatureName};
}

function runOptions({deadlineMs, signal}: CallOptions): Pick<RunOptions, 'deadlineMs' | 'signal'> {
  return deadlineMs === undefined ? {signal} : {deadlineMs, signal};
}
