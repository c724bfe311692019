import {isAbsolute} from 'node:path';
import type {ModelConfig} from '../lifecycle/managed-model.js';
import {LATEST, type VersionPolicy} from '../lifecycle/versions.js';
import {StatusError, invalidArgument} from '../status/status.js';

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
    if (!isAbsolute(path)) {
      throw invalidArgument(`Expected model ${name} to have an absolute path or URI; got base_path()=${path}`);
    }
    checkPlatform(name, platform, type);
    const labels = Object.entries(model.version_labels ?? {}).map(([label, v]) => [label, BigInt(v)] as const);
    return {name, basePath: path, policy: policyOf(model), labels: new Map(labels)};
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

function policyOf({model_version_policy: policy}: PlainModelConfig): VersionPolicy {
  if (policy?.specific) return {kind: 'specific', versions: (policy.specific.versions ?? []).map(BigInt)};
  if (policy?.all) return {kind: 'all'};
  return policy?.latest ? {kind: 'latest', count: policy.latest.num_versions || 1} : LATEST;
}
