import Type from 'typebox';
import {Check, Errors} from 'typebox/value';
import {invalidArgument} from '../status/status.js';

/** "auto" is what the server's environment says (INGOT_DEVICE), else the first GPU, else the processor. */
export type Device = 'auto' | 'cpu' | `gpu:${number}`;

export interface Threads {
  /** Threads inside one op. */
  readonly intra?: number;
  /** Ops that run side by side. */
  readonly inter?: number;
}

/** Where and how a model runs on this machine, and what is kept of its answers. */
export interface ModelOptions {
  /** On each device. */
  readonly copies: number;
  readonly devices: readonly Device[];
  /** In each copy; what is missing is as for all models. */
  readonly threads: Threads;
  /** Op by op and without oneDNN: the bits that each op alone gives. */
  readonly exact: boolean;
  /** 0: no answer is kept. */
  readonly cacheBytes: number;
}

export const PLAIN: ModelOptions = {copies: 1, devices: ['auto'], threads: {}, exact: false, cacheBytes: 0};

/** By the model's name. */
export type OptionsByModel = ReadonlyMap<string, ModelOptions>;

const ThreadCount = Type.Integer({minimum: 1, maximum: 4096});
const ThreadCounts = {intra: Type.Optional(ThreadCount), inter: Type.Optional(ThreadCount)};
const Fields = {
  copies: Type.Optional(Type.Integer({minimum: 1, maximum: 64})),
  devices: Type.Optional(
    Type.Array(Type.String({pattern: '^(cpu|gpu:\\d{1,3})$'}), {minItems: 1, maxItems: 64, uniqueItems: true}),
  ),
  threads: Type.Optional(Type.Union([ThreadCount, Type.Object(ThreadCounts, {additionalProperties: false})])),
  exact: Type.Optional(Type.Boolean()),
  response_cache_mb: Type.Optional(Type.Number({minimum: 0, maximum: 1024 * 1024})),
};
const OptionsFile = Type.Object(
  {models: Type.Record(Type.String(), Type.Object(Fields, {additionalProperties: false}))},
  {additionalProperties: false},
);

/** Reads the text of a --model_options_file. @throws StatusError INVALID_ARGUMENT that says where it is wrong */
export function parseOptions(text: string): OptionsByModel {
  const file = parseJson(text);
  if (!Check(OptionsFile, file)) {
    const errors = Errors(OptionsFile, file);
    // What is wrong with an object of threads says more than that it is no number.
    const first = errors.find(({instancePath}) => /\/threads\/\w/.test(instancePath)) ?? errors[0];
    throw invalidArgument(`${first?.instancePath || 'the file'} ${ruleOf(first)}`);
  }
  return new Map(
    Object.entries(file.models).map(
      ([name, {copies = 1, devices, threads = {}, exact = false, response_cache_mb: cacheMb = 0}]) => [
        name,
        {
          copies,
          devices: (devices as Device[] | undefined) ?? PLAIN.devices,
          threads: typeof threads === 'number' ? {intra: threads, inter: threads} : threads,
          exact,
          cacheBytes: Math.round(cacheMb * 2 ** 20),
        },
      ],
    ),
  );
}

/** What a person should know of an error. */
function ruleOf(error: ReturnType<typeof Errors>[number] | undefined): string {
  if (error === undefined) return 'is not as it must be';
  const {keyword, message, instancePath} = error;
  if (keyword === 'pattern') return 'must be "cpu", or "gpu:" and a number';
  // A name that there is not.
  if (keyword !== 'boolean') return message;
  const [, , model, ...within] = instancePath.split('/');
  if (model === undefined) return 'is nothing that such a file has; there is models';
  return `is no option; there are ${Object.keys(within.length > 1 ? ThreadCounts : Fields).join(', ')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`it is no JSON: ${(error as Error).message}`);
  }
}
