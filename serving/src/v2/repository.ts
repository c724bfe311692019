import type {SignatureSpec, TensorSpec} from '@ingot/tensorflow/session';
import type {Copy} from '../engine/engine.js';
import type {Device} from '../placement/options.js';
import {DATATYPES} from '../codec/raw-tensor.js';
import type {VersionState, VersionStatus} from '../lifecycle/versions/version-record.js';
import {StatusError} from '../status/status.js';

/**
 * What Triton's clients ask beside the Open Inference Protocol: the configuration of a model and the index of all
 * (https://github.com/triton-inference-server/server/tree/main/docs/protocol).
 */

export interface ConfiguredTensor {
  readonly name: string;
  /** TYPE_FP32 and so on; TYPE_INVALID for a dtype that Triton does not have. */
  readonly data_type: string;
  /** -1 stands for an unknown size. */
  readonly dims: readonly number[];
}

/** Copies of a model on one kind of device. */
export interface InstanceGroup {
  readonly name: string;
  readonly kind: 'KIND_AUTO' | 'KIND_CPU' | 'KIND_GPU';
  /** On each of the GPUs, where there are some. */
  readonly count: number;
  readonly gpus: readonly number[];
}

export interface ModelConfiguration {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  /** 0: the sizes in `dims` are whole, the first axis among them. */
  readonly max_batch_size: 0;
  readonly input: readonly ConfiguredTensor[];
  readonly output: readonly ConfiguredTensor[];
  readonly instance_group: readonly InstanceGroup[];
}

export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE' | 'UNKNOWN';
  readonly reason: string;
}

const STATES: Readonly<Record<VersionState, IndexEntry['state']>> = {
  UNKNOWN: 'UNKNOWN',
  START: 'LOADING',
  LOADING: 'LOADING',
  AVAILABLE: 'READY',
  UNLOADING: 'UNLOADING',
  END: 'UNAVAILABLE',
};

export function indexEntry(name: string, {version, state, error}: VersionStatus): IndexEntry {
  const reason = error?.message ?? (state === 'END' ? 'unloaded' : '');
  return {name, version: String(version), state: STATES[state], reason};
}

export function configurationOf(
  name: string,
  {inputs, outputs}: SignatureSpec,
  copies: readonly Pick<Copy, 'device'>[],
): ModelConfiguration {
  return {
    name,
    platform: 'tensorflow_savedmodel',
    backend: 'tensorflow',
    max_batch_size: 0,
    input: tensors(inputs),
    output: tensors(outputs),
    instance_group: instanceGroups(name, copies),
  };
}

/** Of a model for which nobody says where it runs, one copy wherever TensorFlow likes. */
function instanceGroups(name: string, copies: readonly Pick<Copy, 'device'>[]): InstanceGroup[] {
  const counts = new Map<Device, number>();
  for (const {device} of copies.length > 0 ? copies : ANYWHERE) counts.set(device, (counts.get(device) ?? 0) + 1);
  const gpus = [...counts.keys()].filter(device => device.startsWith('gpu:'));
  const groups: InstanceGroup[] = [];
  for (const [device, count] of counts) {
    if (device === gpus[0]) {
      const indices = gpus.map(gpu => Number(gpu.slice('gpu:'.length)));
      groups.push({name: `${name}_${groups.length}`, kind: 'KIND_GPU', count, gpus: indices});
    } else if (!gpus.includes(device)) {
      groups.push({
        name: `${name}_${groups.length}`,
        kind: device === 'cpu' ? 'KIND_CPU' : 'KIND_AUTO',
        count,
        gpus: [],
      });
    }
  }
  return groups;
}

const ANYWHERE = [{device: 'auto'}] as const;

function tensors(specs: Readonly<Record<string, TensorSpec>>): ConfiguredTensor[] {
  return Object.entries(specs).map(([name, {dtype, shape}]) => ({
    name,
    data_type: dtype === 'string' ? 'TYPE_STRING' : `TYPE_${DATATYPES[dtype] ?? 'INVALID'}`,
    dims: shape ?? [-1],
  }));
}

/** Models come and go by their folders: nobody loads or unloads them over V2. */
export function noModelControl(): StatusError {
  return new StatusError(
    'FAILED_PRECONDITION',
    'Models are loaded and unloaded as their folders and the configuration say, not over this API: publish or remove a ' +
      'version, or send tensorflow.serving.ModelService/HandleReloadConfigRequest',
  );
}
