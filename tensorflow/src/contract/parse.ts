import type {Static, TSchema} from 'typebox';
import {Compile} from 'typebox/compile';
import {Errors} from 'typebox/value';
import {Checksums} from './checksums.js';
import {ModelContract} from './contract.js';
import {GoldenSamples, type JsonTensor} from './golden.js';
import {Lineage} from './lineage.js';

/** A contract, golden samples, a lineage or checksums that do not say what they must. The message says where and what. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/**
 * Each takes JSON text, its bytes, or what was parsed from it.
 * @throws ContractError naming the place (a JSON pointer) and the rule
 */
export function parseContract(source: unknown): ModelContract {
  const contract = parse('contract', ModelContract, source);
  for (const list of ['inputs', 'outputs'] as const) {
    contract[list].forEach(({name}, i) => {
      const other = contract[list].findIndex(entry => entry.name === name);
      if (other !== i) fail('contract', `/${list}/${i}/name`, `"${name}" is the name of /${list}/${other} already`);
    });
  }
  for (const {name} of contract.inputs) {
    if (!Object.hasOwn(contract.example, name)) fail('contract', '/example', `has no value for the input "${name}"`);
  }
  contract.outputs.forEach((output, i) => {
    if (output.kind === 'labels' && output.topK > output.labels.length) {
      fail('contract', `/outputs/${i}/topK`, `is ${output.topK}, but there are ${output.labels.length} labels`);
    }
    if (output.kind === 'forecast' && output.quantiles.some((q, k, all) => k > 0 && q <= (all[k - 1] as number))) {
      fail('contract', `/outputs/${i}/quantiles`, `must ascend, and are ${output.quantiles.join(', ')}`);
    }
  });
  return contract;
}

export function parseGolden(source: unknown): GoldenSamples {
  const golden = parse('golden samples', GoldenSamples, source);
  golden.samples.forEach((sample, i) => {
    for (const part of ['inputs', 'outputs'] as const) {
      for (const [name, tensor] of Object.entries(sample[part])) checkCount(`/samples/${i}/${part}/${name}`, tensor);
    }
  });
  return golden;
}

export function parseLineage(source: unknown): Lineage {
  return parse('lineage', Lineage, source);
}

export function parseChecksums(source: unknown): Checksums {
  return parse('checksums', Checksums, source);
}

function checkCount(place: string, {shape, values}: JsonTensor): void {
  const wanted = shape.reduce((product, size) => product * size, 1);
  if (values.length !== wanted) {
    fail('golden samples', place, `has ${values.length} values, but its shape [${shape.join(', ')}] holds ${wanted}`);
  }
}

function parse<S extends TSchema>(what: string, schema: S, source: unknown): Static<S> {
  const value = typeof source === 'string' || source instanceof Uint8Array ? fromJson(what, source) : source;
  if (!fits(schema, value)) {
    const {place, rule} = firstError(Errors(schema, value));
    fail(what, place, rule);
  }
  return value;
}

const compiled = new Map<TSchema, {Check(value: unknown): boolean}>();

/** Compiled once: golden samples have thousands of numbers, for which walking the schema anew takes longer than a load. */
function fits<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  const check = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, check);
  return check.Check(value);
}

function fromJson(what: string, source: string | Uint8Array): unknown {
  const text = typeof source === 'string' ? source : Buffer.from(source).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ContractError(`The ${what} are no JSON: ${(error as Error).message}`, {cause: error});
  }
}

function fail(what: string, place: string, rule: string): never {
  const verb = what.endsWith('s') ? 'are' : 'is';
  throw new ContractError(`The ${what} ${verb} not valid at ${place === '' ? 'the top' : place}: it ${rule}.`);
}

type SchemaError = ReturnType<typeof Errors>[number];

/**
 * The error that helps most. Where one of several kinds is allowed, only the rules of the kind that was given count; a kind
 * that there is not is the error itself.
 */
function firstError(errors: readonly SchemaError[]): {place: string; rule: string} {
  const wrongKinds = errors.filter(({keyword, instancePath}) => keyword === 'const' && instancePath.endsWith('/kind'));
  const branches = wrongKinds.map(({schemaPath}) => schemaPath.replace(/\/properties\/kind$/, ''));
  const relevant = errors.filter(
    ({keyword, schemaPath}) =>
      keyword !== 'anyOf' && !branches.some(branch => schemaPath === branch || schemaPath.startsWith(`${branch}/`)),
  );
  const [found] = relevant.length > 0 ? relevant : wrongKinds;
  if (found === undefined) return {place: errors[0]?.instancePath ?? '', rule: errors[0]?.message ?? 'does not fit'};
  if (relevant.length === 0) {
    const kinds = wrongKinds
      .filter(({instancePath}) => instancePath === found.instancePath)
      .map(({params}) => quoted(params, 'allowedValue'));
    return {place: found.instancePath, rule: `must be one of ${kinds.join(', ')}`};
  }
  return {
    place: found.instancePath,
    rule: found.keyword === 'const' ? `must be ${quoted(found.params, 'allowedValue')}` : found.message,
  };
}

function quoted(params: object, key: string): string {
  return JSON.stringify((params as Record<string, unknown>)[key]);
}
