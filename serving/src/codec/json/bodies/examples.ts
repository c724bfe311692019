import {invalidArgument} from '../../../status/status.js';
import {messages} from '../../proto.js';
import {decodeBase64Object, isBase64Object} from '../parse/base64.js';
import {parseDocument, signatureName} from '../parse/document.js';
import {jsonErrors} from '../parse/errors.js';
import {JsonObject, typeName, type Json} from '../parse/value.js';

/** The values of one feature of a tf.Example: at most one of the lists, none for an empty list. */
export interface Feature {
  bytes_list?: {value: Buffer[]};
  float_list?: {value: number[]};
  int64_list?: {value: bigint[]};
}
export type Features = Readonly<Record<string, Feature>>;

/** A :classify or :regress request: the features of each example, and those that all of them share. */
export interface ExamplesBody {
  /** "" when the request names none. */
  readonly signatureName: string;
  readonly context: Features | null;
  readonly examples: readonly Features[];
}

/** @throws StatusError INVALID_ARGUMENT in TensorFlow Serving's words. */
export function parseExamplesRequest(body: Buffer): ExamplesBody {
  const document = parseDocument(body);
  const name = signatureName(document);
  const context = document.find('context');
  const shared = context === undefined ? null : parseExample(context);
  const examples = document.find('examples');
  if (examples === undefined) {
    // The original says "classify" for regress, too.
    throw jsonErrors.format(document, "When method is classify, key 'examples' is expected and was not found");
  }
  if (!Array.isArray(examples)) throw jsonErrors.format(document, "Expecting 'examples' value to be an list/array");
  if (examples.length === 0) throw jsonErrors.format(document, "'examples' value is an empty array");
  return {signatureName: name, context: shared, examples: examples.map(parseExample)};
}

function parseExample(value: Json): Features {
  if (!(value instanceof JsonObject)) {
    throw invalidArgument(`Example must be JSON object but got JSON ${typeName(value)}`);
  }
  const features: Record<string, Feature> = Object.create(null) as Record<string, Feature>;
  for (const [key, content] of value.members) {
    const name = key.toString('utf8');
    const feature: Feature = {};
    for (const element of Array.isArray(content) ? content : [content]) addValue(feature, name, element);
    features[name] = feature;
  }
  return features;
}

const KIND_NAMES = {bytes_list: 'bytes', float_list: 'float', int64_list: 'int64'} as const;

function addValue(feature: Feature, name: string, value: Json): void {
  if (value === null || Array.isArray(value) || (value instanceof JsonObject && !isBase64Object(value))) {
    throw invalidArgument(`Feature: ${name} has element with unexpected JSON type: ${typeName(value)}`);
  }
  if (typeof value === 'boolean') {
    list(feature, name, 'int64_list').push(value ? 1n : 0n);
  } else if (typeof value === 'bigint') {
    const integers = list(feature, name, 'int64_list');
    if (value >= 2n ** 63n) {
      throw invalidArgument(`Feature: ${name} has uint64_t element. Only int64_t is supported.`);
    }
    integers.push(value);
  } else if (typeof value === 'number') {
    list(feature, name, 'float_list').push(Math.fround(value));
  } else {
    const strings = list(feature, name, 'bytes_list');
    strings.push(Buffer.isBuffer(value) ? value : decodeBase64Object(value));
  }
}

/** The feature's list of that kind. @throws StatusError INVALID_ARGUMENT when it already has values of another. */
function list<K extends keyof Feature>(feature: Feature, name: string, kind: K): NonNullable<Feature[K]>['value'] {
  for (const other of ['bytes_list', 'float_list', 'int64_list'] as const) {
    if (other !== kind && feature[other] !== undefined) {
      throw invalidArgument(`Unexpected element type in feature: ${name} expecting type: ${KIND_NAMES[other]}`);
    }
  }
  const own = feature[kind] ?? ({value: []} as unknown as NonNullable<Feature[K]>);
  feature[kind] = own;
  return own.value;
}

/** The examples as serialized tf.Example protos, the context's bytes in front of each: parsing merges the two. */
export function serializeExamples({context, examples}: ExamplesBody): Buffer[] {
  const shared = context === null ? Buffer.alloc(0) : encodeExample(context);
  return examples.map(example => Buffer.concat([shared, encodeExample(example)]));
}

function encodeExample(features: Features): Uint8Array {
  const feature = Object.fromEntries(
    Object.entries(features).map(([name, {int64_list: integers, ...rest}]) => [
      name,
      {...rest, ...(integers && {int64_list: {value: integers.value.map(String)}})},
    ]),
  );
  const {Example} = messages;
  return Example.encode(Example.fromObject({features: {feature}})).finish();
}
