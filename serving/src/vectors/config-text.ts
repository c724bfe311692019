import type {ModelConfig} from '../lifecycle/settings.js';

/** A --model_config_file, for this server or TensorFlow Serving, that serves these models in these versions. */
export function configText(models: readonly ModelConfig[]): string {
  const text = (value: string): string => JSON.stringify(value);
  const entries = models.map(({name, basePath, policy, labels}) => {
    const versions = policy.kind === 'specific' ? policy.versions : [];
    const lines = [
      `name: ${text(name)} base_path: ${text(basePath)} model_platform: "tensorflow"`,
      `model_version_policy { specific { ${versions.map(version => `versions: ${version}`).join(' ')} } }`,
      ...[...labels].map(([label, version]) => `version_labels { key: ${text(label)} value: ${version} }`),
    ];
    return `  config {\n${lines.map(line => `    ${line}\n`).join('')}  }\n`;
  });
  return `model_config_list {\n${entries.join('')}}\n`;
}
