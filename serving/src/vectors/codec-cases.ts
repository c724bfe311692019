import type {Dtype, HostTensor, SignatureSpec} from '@ingot/tensorflow/session';
import {PROTO_NAMES, allocate} from '../codec/dtype.js';
import {writeErrorResponse} from '../codec/json/bodies/error-response.js';
import {parseExamplesRequest, type Features} from '../codec/json/bodies/examples.js';
import {parsePredictRequest} from '../codec/json/bodies/predict-request.js';
import {writePredictResponse} from '../codec/json/bodies/predict-response.js';
import {writeClassifyResponse, writeRegressResponse} from '../codec/json/bodies/results.js';
import {CODES, HTTP_STATUS, type Code} from '../status/status.js';
import {compareJson, expectError, firstOf, same, type Failure} from './compare.js';
import {numberOf, type Vector, type VectorInput, type VectorTensor} from './vector.js';

/** Cases of reading requests and writing answers: no model, no server. */

const DTYPES = new Map(Object.entries(PROTO_NAMES).map(([dtype, name]) => [name, dtype as Dtype]));

function dtypeOf(name: string): Dtype {
  const dtype = DTYPES.get(name);
  if (dtype === undefined) throw new Error(`the case has an unknown dtype ${name}`);
  return dtype;
}

export async function parseCase({api, input, tensor_specs: specs, expect, kind}: Vector): Promise<Failure> {
  const body = Buffer.from(bodyOf(input));
  if (api === 'classify|regress' || specs === null) {
    if (kind === 'error') return expectError(expect, () => parseExamplesRequest(body));
    const {signatureName, context, examples} = parseExamplesRequest(body);
    return firstOf(
      same('signature_name', signatureName, expect.signature_name ?? ''),
      expect.context === undefined
        ? null
        : same('context', context && features(context), wantedFeatures(expect.context)),
      same('examples', examples.map(features), expect.examples?.map(wantedFeatures)),
    );
  }
  const inputs = Object.fromEntries(
    Object.entries(specs).map(([name, dtype]) => [name, {dtype: dtypeOf(dtype), shape: null, tensorName: `${name}:0`}]),
  );
  const signature: SignatureSpec = {methodName: '', inputs, outputs: {}};
  if (kind === 'error') return expectError(expect, () => parsePredictRequest(body, () => signature));
  const request = parsePredictRequest(body, () => signature);
  return firstOf(
    same('format', request.format, expect.format),
    same('signature_name', request.signatureName, expect.signature_name ?? ''),
    same('inputs', Object.keys(request.inputs).sort(), Object.keys(expect.tensors ?? {}).sort()),
    ...Object.entries(expect.tensors ?? {}).map(([name, wanted]) => compareTensor(name, request.inputs[name], wanted)),
  );
}

/** A template says `<"text" x count>` where text is to be repeated. */
function bodyOf({body, body_template: template}: VectorInput): string {
  if (template === undefined) return body ?? '';
  return template.replace(/<("(?:[^"\\]|\\.)*") x (\d+)>/g, (_, text: string, count: string) =>
    (JSON.parse(text) as string).repeat(Number(count)),
  );
}

function compareTensor(name: string, got: HostTensor | undefined, wanted: VectorTensor): Failure {
  if (got === undefined) return `no input ${name}`;
  const values = Array.from(got.data as Iterable<unknown>, value =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : Number(value),
  );
  const isText = wanted.dtype === 'DT_STRING';
  return firstOf(
    same(`dtype of ${name}`, PROTO_NAMES[got.dtype], wanted.dtype),
    same(`shape of ${name}`, got.shape, wanted.shape),
    same(`values of ${name}`, values, isText ? wanted.values : wanted.values.map(numberOf)),
  );
}

function features(example: Features): unknown {
  return Object.fromEntries(
    Object.entries(example).map(([name, {bytes_list: bytes, float_list: floats, int64_list: integers}]) => [
      name,
      {
        ...(bytes && {bytes_list: bytes.value.map(String)}),
        ...(floats && {float_list: floats.value}),
        ...(integers && {int64_list: integers.value.map(Number)}),
      },
    ]),
  );
}

function wantedFeatures(example: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>): unknown {
  return Object.fromEntries(
    Object.entries(example).map(([name, lists]) => [
      name,
      Object.fromEntries(
        Object.entries(lists).map(([kind, values]) => [
          kind,
          kind === 'bytes_list'
            ? values
            : values.map(value => (kind === 'float_list' ? Math.fround(numberOf(value)) : value)),
        ]),
      ),
    ]),
  );
}

export async function writeCase({input, kind, expect}: Vector): Promise<Failure> {
  const write = (): Buffer => {
    if (input.classifications) {
      return writeClassifyResponse(
        input.classifications.map(classes =>
          classes.map(([label, score]) => ({label: Buffer.from(label), score: Math.fround(numberOf(score))})),
        ),
      );
    }
    if (input.regressions) return writeRegressResponse(Float32Array.from(input.regressions, numberOf));
    const outputs = Object.entries(input.outputs ?? {}).map(([name, tensor]) => [name, hostTensor(tensor)] as const);
    return writePredictResponse(input.format ?? 'row', Object.fromEntries(outputs));
  };
  if (kind === 'error') return expectError(expect, write);
  return compareJson(expect, write().toString('utf8'));
}

function hostTensor({dtype: name, shape, values}: VectorTensor): HostTensor {
  const dtype = dtypeOf(name);
  if (dtype === 'string') return {dtype, shape, data: values.map(value => Buffer.from(String(value)))};
  const data = allocate(dtype, values.flat().length / (dtype.startsWith('complex') ? 2 : 1));
  values.flat().forEach((value, i) => {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(value as string | number);
    else data[i] = numberOf(value);
  });
  return {dtype, shape, data};
}

export async function errorBodyCase({input, expect}: Vector): Promise<Failure> {
  if (input.status === 'OK') return same('body', '', expect.body);
  const code = input.status as Code;
  return firstOf(
    compareJson(expect, writeErrorResponse(input.message ?? '').toString('utf8')),
    expect.http === undefined ? null : same('HTTP status', HTTP_STATUS[code], expect.http),
  );
}

export async function statusCodeCase({input, expect}: Vector): Promise<Failure> {
  const code = input.status as Code;
  return firstOf(same('HTTP status', HTTP_STATUS[code], expect.http), same('gRPC code', CODES[code], expect.grpc));
}
