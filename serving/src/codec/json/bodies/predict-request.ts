import type {Dtype, HostData, HostTensor} from '@ingot/tensorflow/session';
import {StatusError, invalidArgument, toStatusError} from '../../../status/status.js';
import {allocate, dtypeText} from '../../dtype.js';
import {decodeBase64Object, isBase64Object} from '../parse/base64.js';
import {debugText} from '../parse/debug-text.js';
import {parseDocument, signatureName} from '../parse/document.js';
import {jsonErrors} from '../parse/errors.js';
import {scanPredictRequest} from '../scan/predict-scan.js';
import {JsonObject, isNumber, type Json} from '../parse/value.js';
import type {PredictBody, Resolve} from './predict-body.js';

/**
 * Reads the body of a :predict request; every tensor gets the dtype that the signature says.
 * @throws StatusError in TensorFlow Serving's words and order of checks.
 */
export function parsePredictRequest(body: Buffer, resolve: Resolve): PredictBody {
  return tryScan(body, resolve) ?? parseWithCare(body, resolve);
}

function tryScan(body: Buffer, resolve: Resolve): PredictBody | null {
  try {
    return scanPredictRequest(body, resolve);
  } catch (error) {
    // The careful parser comes to the same error, or to one that must be told before it.
    if (error instanceof StatusError) return null;
    throw error;
  }
}

/** The same by way of the whole document: slower, and right about everything. */
export function parseWithCare(body: Buffer, resolve: Resolve): PredictBody {
  const document = parseDocument(body);
  const name = signatureName(document);
  const {inputs} = resolve(name);
  const dtypes = new Map(Object.entries(inputs).map(([input, spec]) => [input, spec.dtype]));
  if (dtypes.size === 0) {
    throw invalidArgument(`Failed to get input map for signature: ${name === '' ? 'DEFAULT' : name}`);
  }
  const instances = document.find('instances');
  const columns = document.find('inputs');
  if (instances !== undefined && columns !== undefined) {
    throw jsonErrors.format(
      document,
      "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
    );
  }
  if (instances !== undefined) {
    if (!Array.isArray(instances)) throw jsonErrors.format(document, "Expecting 'instances' to be an list/array");
    if (instances.length === 0) throw jsonErrors.format(document, "No values in 'instances' array");
    return {format: 'row', signatureName: name, inputs: readRows(instances, dtypes)};
  }
  if (columns === undefined) throw invalidArgument("Missing 'inputs' or 'instances' key");
  return {format: 'columnar', signatureName: name, inputs: readColumns(columns, dtypes)};
}

const isRowObject = (value: Json): value is JsonObject => value instanceof JsonObject && !isBase64Object(value);

/** The rows of one input so far; each must look like the first. */
interface Column {
  readonly shape: readonly number[];
  readonly size: number;
  readonly rows: Json[];
}

function readRows(instances: readonly Json[], dtypes: ReadonlyMap<string, Dtype>): Record<string, HostTensor> {
  const named = isRowObject(instances[0] as Json);
  if (!named && dtypes.size > 1) {
    throw invalidArgument(
      'instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map',
    );
  }
  const [only] = dtypes.keys() as Iterable<string> as [string];
  const columns = new Map<string, Column>();
  const add = (value: Json, name: string): void => {
    const dtype = dtypes.get(name);
    if (dtype === undefined) throw invalidArgument(`JSON object: does not have named input: ${name}`);
    const shape = shapeOf(value);
    const size = checkValues(value, shape, dtype);
    const column = columns.get(name) ?? {shape, size, rows: []};
    if (column.size !== size) throw invalidArgument(`Expecting tensor size: ${column.size} but got: ${size}`);
    if (column.shape.join() !== shape.join()) {
      throw invalidArgument(`Expecting shape [${column.shape.join()}] but got: [${shape.join()}]`);
    }
    column.rows.push(value);
    columns.set(name, column);
  };
  instances.forEach((element, item) => {
    if (named !== isRowObject(element)) {
      const [wanted, got] = named ? ['object', 'list'] : ['value/list', 'object'];
      throw invalidArgument(`Expecting ${wanted} but got ${got} at item ${item} of input list`);
    }
    if (element instanceof JsonObject && named) {
      addMembers(element, item, dtypes, add);
    } else {
      inElement(item, '', () => add(element, only));
    }
  });
  return build(dtypes, name => {
    const {shape, rows} = columns.get(name) as Column;
    return [[rows.length, ...shape], rows];
  });
}

function addMembers(
  element: JsonObject,
  item: number,
  dtypes: ReadonlyMap<string, Dtype>,
  add: (value: Json, name: string) => void,
): void {
  const seen = new Set<string>();
  for (const [key, value] of element.members) {
    const name = key.toString('utf8');
    // A key twice would add a row too many.
    if (seen.has(name))
      throw invalidArgument(`Failed to process element: ${item} of 'instances' list. Key ${name} repeats`);
    inElement(item, ` key: ${name}`, () => add(value, name));
    seen.add(name);
  }
  if (seen.size !== dtypes.size) {
    throw invalidArgument(
      `Failed to process element: ${item} of 'instances' list. JSON object: ${debugText(element)} ` +
        `keys must be equal to: ${[...dtypes.keys()].sort().join(',')}`,
    );
  }
}

function inElement(item: number, key: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const inner = toStatusError(error);
    throw invalidArgument(`Failed to process element: ${item}${key} of 'instances' list. Error: ${inner.toString()}`);
  }
}

function readColumns(columns: Json, dtypes: ReadonlyMap<string, Dtype>): Record<string, HostTensor> {
  const named = isRowObject(columns) ? columns : null;
  if (named === null && dtypes.size > 1) {
    throw invalidArgument(
      'inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map',
    );
  }
  return build(dtypes, (name, dtype) => {
    const value = named === null ? columns : named.find(name);
    if (value === undefined) throw invalidArgument(`Missing named input: ${name} in 'inputs' object.`);
    const shape = shapeOf(value);
    checkValues(value, shape, dtype);
    return [shape, [value]];
  });
}

function build(
  dtypes: ReadonlyMap<string, Dtype>,
  read: (name: string, dtype: Dtype) => [shape: number[], values: readonly Json[]],
): Record<string, HostTensor> {
  const tensors: [string, HostTensor][] = [];
  for (const [name, dtype] of dtypes) {
    const [shape, values] = read(name, dtype);
    tensors.push([name, {dtype, shape, data: collect(dtype, values)}]);
  }
  return Object.fromEntries(tensors);
}

/** The shape along the first path down the nesting. */
function shapeOf(value: Json): number[] {
  const shape: number[] = [];
  for (let at: Json | undefined = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  return shape;
}

/**
 * Checks that `value` is a dense tensor of that shape and dtype; returns its number of values.
 * Its depth is bounded by that of its first path, and no deeper than the call stack allows: MAX_RANK.
 */
function checkValues(value: Json, shape: readonly number[], dtype: Dtype): number {
  if (shape.length > MAX_RANK) {
    throw invalidArgument(`Encountered list at unexpected level: ${MAX_RANK} expected < ${MAX_RANK}`);
  }
  return checkLevel(value, 0, shape, dtype);
}

/** TensorFlow's own limit (TensorShape::MaxDimensions). */
const MAX_RANK = 254;

function checkLevel(value: Json, level: number, shape: readonly number[], dtype: Dtype): number {
  const rank = shape.length;
  if (!Array.isArray(value)) {
    if (level !== rank) {
      throw invalidArgument(
        `JSON Value: ${debugText(value)} found at incorrect level: ${level + 1} in the JSON DOM. ` +
          `Expected at level: ${rank}`,
      );
    }
    checkValue(value, dtype);
    return 1;
  }
  if (level >= rank) throw invalidArgument(`Encountered list at unexpected level: ${level} expected < ${rank}`);
  if (value.length !== shape[level]) {
    throw invalidArgument(
      `Encountered list at unexpected size: ${value.length} at level: ${level} expected size: ${shape[level]}`,
    );
  }
  let count = 0;
  for (const element of value) count += checkLevel(element, level + 1, shape, dtype);
  return count;
}

const RANGES: Partial<Record<Dtype, readonly [bigint, bigint]>> = {
  int8: [-(2n ** 31n), 2n ** 31n - 1n],
  uint8: [-(2n ** 31n), 2n ** 31n - 1n],
  int16: [-(2n ** 31n), 2n ** 31n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

function checkValue(value: Exclude<Json, Json[]>, dtype: Dtype): void {
  if (value instanceof JsonObject) {
    if (dtype !== 'string') throw jsonErrors.type(value, dtypeText(dtype));
    decodeBase64Object(value);
    return;
  }
  if (!fits(value, dtype)) throw jsonErrors.type(value, dtypeText(dtype));
}

function fits(value: Exclude<Json, Json[] | JsonObject>, dtype: Dtype): boolean {
  switch (dtype) {
    case 'float32':
    case 'float64':
      return isNumber(value);
    case 'string':
      return Buffer.isBuffer(value);
    case 'bool':
      return typeof value === 'boolean';
    default: {
      const range = RANGES[dtype];
      if (range === undefined) {
        throw new StatusError(
          'UNIMPLEMENTED',
          `Conversion of JSON Value: ${debugText(value)} to type: ${dtypeText(dtype)}`,
        );
      }
      return typeof value === 'bigint' && value >= range[0] && value <= range[1];
    }
  }
}

/** The values, checked already, in row-major order. */
function collect(dtype: Dtype, values: readonly Json[]): HostData {
  const leaves: Exclude<Json, Json[]>[] = [];
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else leaves.push(value);
  };
  values.forEach(visit);
  if (dtype === 'string') return leaves.map(leaf => (Buffer.isBuffer(leaf) ? leaf : decodeBase64Object(leaf)));
  const data = allocate(dtype, leaves.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    leaves.forEach((leaf, i) => (data[i] = leaf as bigint));
  } else {
    leaves.forEach((leaf, i) => (data[i] = Number(leaf)));
  }
  return data;
}
