import type {HostTensor, RunOptions, SignatureSpec, TensorSpec} from '@ingot/tensorflow/session';
import {DATATYPES} from '../codec/raw-tensor.js';
import {DEFAULT_SIGNATURE, findSignature} from '../inference/signature.js';
import {runPredict} from '../inference/predict.js';
import {logPredict} from '../logging/log-call.js';
import {NO_LOG, type RequestLog} from '../logging/request-log.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Asker, ModelSpec, Servable} from '../lifecycle/servable.js';
import {parseVersion} from '../lifecycle/versions/policy.js';
import {StatusError, invalidArgument} from '../status/status.js';
import {VERSION} from '../version.js';
import {configurationOf, indexEntry, type IndexEntry, type ModelConfiguration} from './repository.js';

/** The Open Inference Protocol V2 over our models, whatever carries it (https://github.com/kserve/open-inference-protocol). */

export const SERVER = {
  name: 'ingot',
  version: VERSION,
  extensions: ['binary_tensor_data', 'model_configuration', 'model_repository'],
} as const;

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1 stands for an unknown size. */
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface InferRequest {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** The outputs that are wanted; all when empty. */
  readonly outputs: readonly string[];
  readonly signatureName: string;
}

export interface InferAnswer {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: Readonly<Record<string, HostTensor>>;
}

export class V2Inference {
  constructor(
    private readonly models: ModelManager,
    private readonly isReady: () => boolean,
    private readonly requestLog: RequestLog = NO_LOG,
  ) {}

  get ready(): boolean {
    return this.isReady();
  }

  modelReady(name: string, version: string): boolean {
    try {
      this.models.acquire(target(name, version)).release();
      return true;
    } catch (error) {
      if (error instanceof StatusError) return false;
      throw error;
    }
  }

  /** True of a version that is there, whether it answers or not; without one, of a model that is wanted. */
  knows(name: string, version: string): boolean {
    if (version === '') return this.models.config(name) !== undefined;
    return this.models.states(name).some(status => status.version === parseVersion(version));
  }

  /** Why a version, or without one the newest that failed, could not be loaded; null when none failed. */
  trouble(name: string, version: string): string | null {
    const found = this.models.states(name).filter(({error}) => error !== null);
    const failed = found.find(status => version === '' || status.version === parseVersion(version));
    return failed?.error?.message ?? null;
  }

  /** @throws StatusError NOT_FOUND when no such version is loaded. */
  metadata(name: string, version: string): ModelMetadata {
    return this.withModel(name, version, servable => {
      const signature = signatureOf(servable, '');
      const states = this.models.states(name).filter(({state}) => state === 'AVAILABLE');
      return {
        name,
        versions: version === '' ? states.map(status => String(status.version)) : [String(servable.version)],
        platform: 'tensorflow_savedmodel',
        inputs: tensors(signature.inputs),
        outputs: tensors(signature.outputs),
      };
    });
  }

  /** What the model takes and gives by its default signature. @throws StatusError NOT_FOUND as for `metadata`. */
  signature(name: string, version: string): SignatureSpec {
    return this.withModel(name, version, servable => signatureOf(servable, ''));
  }

  /** Triton's model configuration, as far as there is one here. @throws StatusError NOT_FOUND as for `metadata`. */
  config(name: string, version: string): ModelConfiguration {
    return this.withModel(name, version, servable =>
      configurationOf(name, signatureOf(servable, ''), servable.copies()),
    );
  }

  /** Triton's repository index: every version that is there, or only those that answer. */
  index(onlyReady: boolean): IndexEntry[] {
    const all = this.models.names.flatMap(name => this.models.states(name).map(status => indexEntry(name, status)));
    return onlyReady ? all.filter(({state}) => state === 'READY') : all;
  }

  /** @throws StatusError, or whatever the run throws */
  async infer(
    name: string,
    version: string,
    request: InferRequest,
    options: Pick<RunOptions, 'deadlineMs' | 'signal'>,
    asker?: Asker,
  ): Promise<InferAnswer> {
    const lease = this.models.acquire(target(name, version), asker);
    try {
      const {servable} = lease;
      const signature = findSignature(servable, request.signatureName).name;
      const predictRequest = {
        modelSpec: {name, signatureName: signature},
        inputs: request.inputs,
        outputFilter: request.outputs,
      };
      const outputs = await runPredict(servable, predictRequest, options).outputs;
      logPredict(this.requestLog, servable, signature, request.inputs, outputs);
      return {modelName: name, modelVersion: String(servable.version), outputs};
    } finally {
      lease.release();
    }
  }

  private withModel<T>(name: string, version: string, work: (servable: Servable) => T): T {
    const lease = this.models.acquire(target(name, version));
    try {
      return work(lease.servable);
    } finally {
      lease.release();
    }
  }
}

function target(name: string, version: string): ModelSpec {
  if (version === '') return {name};
  const number = parseVersion(version);
  if (number === null) throw invalidArgument(`The version "${version}" is not a number`);
  return {name, version: number};
}

function signatureOf(servable: Servable, name: string): SignatureSpec {
  const {spec} = findSignature(servable, name);
  if (spec !== undefined) return spec;
  throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${name || DEFAULT_SIGNATURE}" not found.`);
}

function tensors(specs: Readonly<Record<string, TensorSpec>>): TensorMetadata[] {
  return Object.entries(specs).map(([name, {dtype, shape}]) => ({
    name,
    datatype: DATATYPES[dtype] ?? dtype.toUpperCase(),
    shape: shape ?? [-1],
  }));
}
