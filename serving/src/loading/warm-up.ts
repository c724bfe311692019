import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type protobuf from 'protobufjs';
import {decodeExamplesRequest, decodeMultiInferenceRequest} from '../codec/inference-proto.js';
import {decodePredictRequest} from '../codec/predict-proto.js';
import {messages} from '../codec/proto.js';
import {readRecords} from '../codec/tf-record.js';
import {fieldsOf} from '../codec/wire.js';
import type {WarmUp} from './loader.js';
import type {Servable} from '../lifecycle/servable.js';
import {StatusError, invalidArgument, toStatusError, type Code} from '../status/status.js';
import {CLASSIFY_METHOD, classify, regress} from '../inference/examples.js';
import {runPredict} from '../inference/predict.js';

/** Requests that a version brings along to be run before it answers: a TFRecord file of PredictionLog. */

const WARMUP_FILE = 'assets.extra/tf_serving_warmup_requests';
const MAX_RECORDS = 1000;

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

/** @param iterations how often each record is run */
export function warmUpWith(iterations: number, observer: WarmUpObserver): WarmUp {
  return async (servable, folder) => {
    const path = join(folder, WARMUP_FILE);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (bytes === null) return;
    const started = performance.now();
    let code: Code = 'OK';
    let done = 0;
    try {
      for (const record of recordsOf(bytes, path)) {
        for (let i = 0; i < iterations; i++) await replay(servable, record);
        done++;
      }
    } catch (error) {
      code = toStatusError(error).code;
      throw error;
    } finally {
      observer.warmedUp(folder, code, done, (performance.now() - started) * 1000);
    }
  };
}

function recordsOf(bytes: Buffer, path: string): Buffer[] {
  let records: Buffer[];
  try {
    records = readRecords(bytes, MAX_RECORDS + 1);
  } catch (error) {
    const {message} = error as Error;
    throw new StatusError('DATA_LOSS', `${message}. Please verify your warmup data is in TFRecord format.`, {
      cause: error,
    });
  }
  if (records.length > MAX_RECORDS) {
    throw invalidArgument(`Number of warmup records exceeds the maximum (${MAX_RECORDS}) at ${path}`);
  }
  return records;
}

async function replay(servable: Servable, record: Buffer): Promise<void> {
  const log = decodeLog(record);
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

function decodeLog(record: Buffer): string | undefined {
  try {
    const message: protobuf.Message = messages.PredictionLog.decode(record);
    const plain = messages.PredictionLog.toObject(message, {oneofs: true}) as {log_type?: string};
    return plain.log_type;
  } catch (error) {
    throw invalidArgument(`Failed to parse warmup record: ${(error as Error).message}`);
  }
}
