import {StatusError} from '../status/status.js';
import {checkLabels} from './labels.js';
import type {ModelConfig} from './managed-model.js';
import type {ModelManager} from './manager.js';

export interface ReloadOptions {
  readonly modelRoot: string | null;
  readonly allowUnavailableLabels: boolean;
}

/**
 * Puts a list of models in force in place of the present one: models left out are unloaded. Resolves when every new model
 * is loaded; labels change only then.
 * @throws StatusError UNKNOWN when a new model cannot be loaded, FAILED_PRECONDITION when a label may not be moved
 */
export async function reloadModels(
  models: ModelManager,
  configs: readonly ModelConfig[],
  {modelRoot, allowUnavailableLabels}: ReloadOptions,
): Promise<void> {
  const before = new Map(models.names.map(name => [name, models.config(name)?.labels ?? new Map<string, bigint>()]));
  const labelsBefore = (name: string): ReadonlyMap<string, bigint> => before.get(name) ?? new Map();
  await models.configure({configs: configs.map(c => ({...c, labels: labelsBefore(c.name)})), modelRoot});
  const added = configs.filter(({name}) => !before.has(name)).map(({name}) => name);
  await models.settled(configs.map(({name}) => name));
  checkLoaded(models, added);
  for (const {name, labels} of configs) {
    const isAvailable = (version: bigint): boolean =>
      models.states(name).some(status => status.version === version && status.state === 'AVAILABLE');
    checkLabels(name, labelsBefore(name), labels, isAvailable, allowUnavailableLabels);
  }
  await models.configure({configs, modelRoot});
}

function checkLoaded(models: ModelManager, names: readonly string[]): void {
  const failures = names.flatMap(name => {
    const states = models.states(name);
    if (states.length === 0) return [`{{name: ${name}} has no version in ${models.config(name)?.basePath}}`];
    return states
      .filter(({error}) => error !== null)
      .map(({version, error}) => `{{name: ${name} version: ${version}} due to error: ${error?.toString()}}`);
  });
  if (failures.length === 0) return;
  throw new StatusError('UNKNOWN', `${failures.length} servable(s) did not become available: {${failures.join(', ')}}`);
}
