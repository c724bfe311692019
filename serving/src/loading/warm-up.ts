import {decodeExamplesRequest, decodeMultiInferenceRequest} from '../codec/inference-proto.js';
import {decodePredictRequest} from '../codec/predict-proto.js';
import {fieldsOf} from '../codec/wire.js';
import type {VersionReader} from './files/version-reader.js';
import type {WarmUpRecord} from './files/warm-up-records.js';
import {asBuffer} from '../offload/transport.js';
import type {WarmUp} from './loader.js';
import type {Servable} from '../lifecycle/servable.js';
import {StatusError, toStatusError, type Code} from '../status/status.js';
import {CLASSIFY_METHOD, classify, regress} from '../inference/examples.js';
import {runPredict} from '../inference/predict.js';

/** Field numbers of PredictionLog (tensorflow_serving/apis/prediction_log.proto); each holds the request in field 1. */
const CLASSIFY = 2;
const REGRESS = 3;
const MULTI_INFERENCE = 4;
const PREDICT = 6;

/** Told of a warm-up that is over, for metrics. */
export interface WarmUpObserver {
  /** @param records how many were run before it ended */
  warmedUp(path: string, code: Code, records: number, micros: number): void;
}

/** Runs the requests that a version brings along. @param iterations how often each is run */
export function warmUpWith(reader: VersionReader, iterations: number, observer: WarmUpObserver): WarmUp {
  return async (servable, folder) => {
    const started = performance.now();
    let code: Code = 'OK';
    let done = 0;
    let records: readonly WarmUpRecord[] | null = [];
    try {
      records = await reader.warmUp(folder);
      for (const record of records ?? []) {
        for (let i = 0; i < iterations; i++) await replay(servable, record);
        done++;
      }
    } catch (error) {
      code = toStatusError(error).code;
      throw error;
    } finally {
      if (records !== null) observer.warmedUp(folder, code, done, (performance.now() - started) * 1000);
    }
  };
}

async function replay(servable: Servable, {log, bytes}: WarmUpRecord): Promise<void> {
  const record = asBuffer(bytes);
  const request = (field: number): Buffer =>
    fieldsOf(fieldsOf(record, field).at(-1) ?? Buffer.alloc(0), 1).at(-1) ?? Buffer.alloc(0);
  switch (log) {
    case 'predict_log':
      await runPredict(servable, decodePredictRequest(request(PREDICT)), {}).outputs;
      return;
    case 'classify_log':
    case 'regress_log': {
      const {modelSpec, examples} = decodeExamplesRequest(request(log === 'classify_log' ? CLASSIFY : REGRESS));
      await (log === 'classify_log' ? classify : regress)(servable, modelSpec?.signatureName ?? '', examples, {});
      return;
    }
    case 'multi_inference_log': {
      const {tasks, examples} = decodeMultiInferenceRequest(request(MULTI_INFERENCE));
      for (const {methodName, modelSpec} of tasks) {
        const run = methodName === CLASSIFY_METHOD ? classify : regress;
        await run(servable, modelSpec?.signatureName ?? '', examples, {});
      }
      return;
    }
    default:
      throw new StatusError('UNIMPLEMENTED', `Unsupported log_type for warmup: ${log ?? 'none'}`);
  }
}
