import {dirname, join} from 'node:path';
import type {Failure} from './compare.js';
import {errorBodyCase, parseCase, statusCodeCase, writeCase} from './codec-cases.js';
import {rpcCase} from './grpc-cases.js';
import {labelsCase, metricsCase, transitionCase, versionPolicyCase} from './lifecycle-cases.js';
import {metricsPathCase, requestCase, routeCase} from './rest-cases.js';
import {ServedModels} from './served-models.js';
import {readVectors, type Vector} from './vector.js';

export interface VectorResult {
  readonly id: string;
  readonly failure: Failure;
}

/** Where cases are sent that can be sent; null to answer them in this process. */
export interface Doors {
  /** http://host:port */
  readonly url: string | null;
  /** host:port */
  readonly grpc: string | null;
}

export interface VectorOptions extends Partial<Doors> {
  /** The folder of the models that cases ask; `models` beside the file when not given. */
  readonly models?: string;
}

/** Runs every case of a file of vectors. */
export async function runVectors(
  file: string,
  {url = null, grpc = null, models: folder}: VectorOptions = {},
): Promise<VectorResult[]> {
  const vectors = await readVectors(file);
  const models = new ServedModels(folder ?? join(dirname(file), 'models'));
  const results: VectorResult[] = [];
  try {
    for (const vector of vectors) results.push({id: vector.id, failure: await runVector(vector, models, {url, grpc})});
  } finally {
    await models.close();
  }
  return results;
}

async function runVector(vector: Vector, models: ServedModels, doors: Doors): Promise<Failure> {
  try {
    return await dispatch(vector, models, doors);
  } catch (error) {
    return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replaceAll('\n', ' ');
  }
}

function dispatch(vector: Vector, models: ServedModels, {url, grpc}: Doors): Promise<Failure> {
  const {api, input} = vector;
  if (input.rpc !== undefined) return rpcCase(vector, models, grpc);
  if (input.server !== undefined) return requestCase(vector, models, url);
  if (input.outputs || input.classifications || input.regressions) return writeCase(vector);
  switch (api) {
    case 'error_body':
      return errorBodyCase(vector);
    case 'status_code_map':
      return statusCodeCase(vector);
    case 'route':
      return routeCase(vector);
    case 'version_policy':
      return versionPolicyCase(vector);
    case 'transition_policy':
      return transitionCase(vector);
    case 'version_labels':
      return labelsCase(vector);
    case 'metrics':
      return input.path === undefined ? metricsCase(vector) : metricsPathCase(vector);
    default:
      return parseCase(vector);
  }
}
