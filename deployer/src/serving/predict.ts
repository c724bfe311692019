import type {GoldenSample, JsonTensor, ModelContract} from '@ingot/tensorflow/contract';
import {compareTensor, elements, fromJsonTensor, type HostTensor, type Tolerance} from '@ingot/tensorflow/session';

/** Predict requests and answers as JSON (TensorFlow Serving's REST). Pure. */

/** TensorFlow Serving cannot write these as JSON. */
const NOT_JSON = new Set(['half', 'bfloat16', 'complex64', 'complex128']);

export function canAsk(sample: GoldenSample): boolean {
  return [...Object.values(sample.inputs), ...Object.values(sample.outputs)].every(({dtype}) => !NOT_JSON.has(dtype));
}

/** The golden sample as a columnar predict body. */
export function predictBody(sample: GoldenSample): string {
  const parts = Object.entries(sample.inputs).map(([name, tensor]) => `${JSON.stringify(name)}:${nest(tensor)}`);
  return `{"signature_name":${JSON.stringify(sample.signature)},"inputs":{${parts.join(',')}}}`;
}

/** @returns what is wrong with the answer, or null when it is the golden one. */
export function judgeAnswer(sample: GoldenSample, body: string, tolerance: Tolerance): string | null {
  let outputs: unknown;
  try {
    ({outputs} = JSON.parse(body) as {outputs?: unknown});
  } catch {
    return `its answer is not JSON: ${body.slice(0, 200)}`;
  }
  for (const [name, wanted] of Object.entries(sample.outputs)) {
    // The answer of a model with one output is the bare value, of one with several an object.
    const named = typeof outputs === 'object' && outputs !== null && Object.hasOwn(outputs, name);
    const value = named ? (outputs as Record<string, unknown>)[name] : outputs;
    const {mismatch} = compareTensor(fromJsonTensor(wanted), read(value, wanted), tolerance);
    if (mismatch) return `output "${name}": ${mismatch}`;
  }
  return null;
}

/**
 * Where clients call the model, and a command that does, with the contract's example; without a contract, one that tells
 * what the model takes.
 */
export function endpointOf(
  servingUrl: string,
  model: string,
  contract: ModelContract | null,
): {url: string; curl: string} {
  const url = `${servingUrl}/v1/models/${encodeURIComponent(model)}:predict`;
  if (contract === null) return {url, curl: `curl ${servingUrl}/v1/models/${encodeURIComponent(model)}/metadata`};
  const [only] = contract.inputs;
  const instance = contract.inputs.length === 1 && only ? contract.example[only.name] : contract.example;
  const body = JSON.stringify({instances: [instance]}).replaceAll("'", "'\\''");
  return {url, curl: `curl -X POST ${url} -H 'Content-Type: application/json' -d '${body}'`};
}

function nest(tensor: JsonTensor): string {
  const texts = tensor.values.map(value => {
    if (tensor.dtype === 'string') return JSON.stringify({b64: value});
    // 64-bit integers are kept as text, and sent with all their digits.
    return tensor.dtype === 'int64' || tensor.dtype === 'uint64' ? String(value) : JSON.stringify(value);
  });
  const build = (axis: number, from: number): string => {
    if (axis === tensor.shape.length) return texts[from] ?? 'null';
    const size = tensor.shape[axis] ?? 0;
    const stride = elements(tensor.shape.slice(axis + 1));
    return `[${Array.from({length: size}, (_, i) => build(axis + 1, from + i * stride)).join(',')}]`;
  };
  return build(0, 0);
}

/** An answer's value as the tensor that it stands for; undefined when it is none of the wanted dtype. */
function read(value: unknown, wanted: JsonTensor): HostTensor | undefined {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0] as unknown) shape.push(level.length);
  const flat = Array.isArray(value) ? (value.flat(Infinity) as unknown[]) : [value];
  try {
    return fromJsonTensor({dtype: wanted.dtype, shape, values: flat.map(item => readValue(item, wanted.dtype))});
  } catch {
    return undefined;
  }
}

function readValue(item: unknown, dtype: string): JsonTensor['values'][number] {
  if (dtype === 'string') {
    const {b64} = (item ?? {}) as {b64?: unknown};
    return typeof b64 === 'string' ? b64 : Buffer.from(String(item)).toString('base64');
  }
  if (dtype === 'int64' || dtype === 'uint64') return String(item);
  return item as number | boolean;
}
