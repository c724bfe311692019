import {isAbsolute} from 'node:path';
import type {ModelConfig} from '../lifecycle/settings.js';
import type {RequestLogging} from '../logging/request-log.js';
import {LATEST, type VersionPolicy} from '../lifecycle/versions/policy.js';
import {StatusError, invalidArgument} from '../status/status.js';
import {folderOf} from './base-path.js';

/** A ModelServerConfig (protobuf) as plain data: 64-bit integers as strings, absent fields absent. */
export interface PlainServerConfig {
  readonly model_config_list?: {readonly config?: readonly PlainModelConfig[]};
  readonly custom_model_config?: unknown;
}
interface PlainModelConfig {
  readonly name?: string;
  readonly base_path?: string;
  readonly model_type?: number | string;
  readonly model_platform?: string;
  readonly model_version_policy?: {
    readonly latest?: {readonly num_versions?: number};
    readonly all?: unknown;
    readonly specific?: {readonly versions?: readonly (string | number)[]};
  };
  readonly version_labels?: Readonly<Record<string, string | number>>;
  readonly logging_config?: {
    readonly log_collector_config?: {readonly type?: string; readonly filename_prefix?: string};
    readonly sampling_config?: {readonly sampling_rate?: number};
  };
}

/**
 * The models of a ModelServerConfig.
 * @throws StatusError in TensorFlow Serving's words for what it refuses.
 */
export function modelConfigs(config: PlainServerConfig): ModelConfig[] {
  if (config.model_config_list === undefined) {
    throw invalidArgument(
      'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
    );
  }
  const seen = new Set<string>();
  return (config.model_config_list.config ?? []).map(model => {
    const {name = '', base_path: path = '', model_platform: platform = '', model_type: type} = model;
    if (seen.has(name)) throw invalidArgument(`Illegal to list model ${name} multiple times in config list`);
    seen.add(name);
    if (name === '') throw invalidArgument('A model of the config list has no name');
    const basePath = folderOf(name, path);
    if (!isAbsolute(basePath)) {
      throw invalidArgument(`Expected model ${name} to have an absolute path or URI; got base_path()=${path}`);
    }
    checkPlatform(name, platform, type);
    const labels = Object.entries(model.version_labels ?? {}).map(([label, v]) => [label, BigInt(v)] as const);
    const logging = loggingOf(name, model);
    return {name, basePath, policy: policyOf(model), labels: new Map(labels), ...(logging && {logging})};
  });
}

function checkPlatform(name: string, platform: string, type: number | string | undefined): void {
  const typed = type !== undefined && type !== 0 && type !== 'MODEL_TYPE_UNSPECIFIED';
  if (platform === '' && !typed) {
    throw invalidArgument(
      'Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, ' +
        `model name is ${name}`,
    );
  }
  if (platform !== '' && typed) {
    throw invalidArgument(
      'Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, ' +
        `model name is ${name}`,
    );
  }
  if (platform !== '' && platform !== 'tensorflow') {
    throw new StatusError('NOT_FOUND', `Model ${name} has platform ${platform}; this server runs "tensorflow" only`);
  }
}

/** The original takes a type of collector that whoever built it added; this server has one, files. */
function loggingOf(model: string, {logging_config: config}: PlainModelConfig): RequestLogging | null {
  if (config === undefined) return null;
  const {type = '', filename_prefix: prefix = ''} = config.log_collector_config ?? {};
  if (type !== '' && type !== 'file') {
    throw new StatusError(
      'NOT_FOUND',
      `Cannot find LogCollector::Factory for type: ${type}; of model ${model} give "file", or no type`,
    );
  }
  const {sampling_rate: samplingRate = 0} = config.sampling_config ?? {};
  if (!(samplingRate >= 0 && samplingRate <= 1)) {
    throw invalidArgument(`The sampling_rate of model ${model} is ${samplingRate}; it must be from 0 to 1`);
  }
  if (!isAbsolute(prefix)) {
    throw invalidArgument(
      `The filename_prefix of the logging_config of model ${model} is "${prefix}"; it must be an absolute path, to which ` +
        'the time and .tfrecord are added',
    );
  }
  return {filenamePrefix: prefix, samplingRate};
}

function policyOf({model_version_policy: policy}: PlainModelConfig): VersionPolicy {
  if (policy?.specific) return {kind: 'specific', versions: (policy.specific.versions ?? []).map(BigInt)};
  if (policy?.all) return {kind: 'all'};
  return policy?.latest ? {kind: 'latest', count: policy.latest.num_versions || 1} : LATEST;
}
