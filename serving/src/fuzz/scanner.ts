import type {Dtype, SignatureSpec} from '@ingot/tensorflow/session';
import type {PredictBody} from '../codec/json/bodies/predict-body.js';
import {parseWithCare} from '../codec/json/bodies/predict-request.js';
import {scanPredictRequest} from '../codec/json/scan/predict-scan.js';
import {StatusError} from '../status/status.js';
import {mutatedJson} from './mutate.js';
import {Random} from './random.js';

const DTYPES: readonly Dtype[] = ['float32', 'float64', 'int32', 'uint8', 'int64', 'uint64', 'bool', 'string', 'half'];

/**
 * Reads broken and whole bodies by the fast scanner and by the careful parser: what the first takes, the second must read
 * the same, and neither may fail in any other way than by refusing.
 * @throws Error with the seed and body of the first difference
 */
export function fuzzScanner(inputs: number, seed: number): void {
  const random = new Random(seed);
  for (let i = 0; i < inputs; i++) {
    const body = mutatedJson(random);
    const signature = randomSignature(random);
    const careful = attempt(() => parseWithCare(body, () => signature));
    const scanned = attempt(() => scanPredictRequest(body, () => signature));
    if (scanned !== null && !(scanned instanceof StatusError) && fingerprint(scanned) !== fingerprint(careful)) {
      throw new Error(
        `seed ${seed}, input ${i}: read as ${fingerprint(scanned)}, not ${fingerprint(careful)}: ${body}`,
      );
    }
  }
}

function randomSignature(random: Random): SignatureSpec {
  const names = random.pick([['x'], ['number', 'text']]);
  return {
    methodName: '',
    inputs: Object.fromEntries(
      names.map(name => [name, {dtype: random.pick(DTYPES), shape: null, tensorName: `${name}:0`}]),
    ),
    outputs: {},
  };
}

function attempt<T>(work: () => T): T | StatusError {
  try {
    return work();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

function fingerprint(result: PredictBody | StatusError | null): string {
  if (result === null || result instanceof StatusError) return String(result);
  const {format, signatureName, inputs} = result;
  return JSON.stringify([format, signatureName, inputs], (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (value instanceof Float32Array || value instanceof Float64Array) {
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
    }
    return value;
  });
}
