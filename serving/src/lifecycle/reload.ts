import {StatusError} from '../status/status.js';
import {checkLabels} from './labels.js';
import type {ModelConfig} from './settings.js';
import type {ModelManager} from './manager.js';

export interface ReloadOptions {
  readonly allowUnavailableLabels: boolean;
  /** What becomes of the reload when a new model cannot be loaded: it is refused, or that model is tried again later. */
  readonly onFailedLoad: 'refuse' | 'go on';
  /** The last step that may refuse: what it throws is the reload's error. */
  readonly commit: () => Promise<void>;
}

/**
 * Puts a list of models in force in place of the present one: models left out are unloaded. Resolves when every new model
 * is loaded; only then does what was there before go, and labels change. A reload that is refused has changed nothing.
 * @throws StatusError UNKNOWN when a new model cannot be loaded, FAILED_PRECONDITION when a label may not be moved
 */
export async function reloadModels(
  models: ModelManager,
  configs: readonly ModelConfig[],
  {allowUnavailableLabels, onFailedLoad, commit}: ReloadOptions,
): Promise<void> {
  const before = models.sources;
  const known = new Map(models.names.map(name => [name, models.config(name)]));
  await models.configure({...before, configs: bothLists(before.configs, configs, known)});
  try {
    await models.settled(configs.map(({name}) => name));
    const added = configs.filter(({name}) => !known.has(name)).map(({name}) => name);
    if (onFailedLoad === 'refuse') checkLoaded(models, added);
    for (const {name, labels} of configs) {
      const isAvailable = (version: bigint): boolean =>
        models.states(name).some(status => status.version === version && status.state === 'AVAILABLE');
      checkLabels(
        name,
        known.get(name)?.labels ?? new Map<string, bigint>(),
        labels,
        isAvailable,
        allowUnavailableLabels,
      );
    }
    await commit();
  } catch (error) {
    await models.configure(before);
    throw error;
  }
  await models.configure({...before, configs});
}

/**
 * All models of both lists with the versions that either wants, so that nothing is gone before all is there. Labels, and a
 * model whose folder is another one, stay as they are.
 */
function bothLists(
  before: readonly ModelConfig[],
  after: readonly ModelConfig[],
  known: ReadonlyMap<string, ModelConfig | undefined>,
): ModelConfig[] {
  const named = new Set(after.map(({name}) => name));
  const merged = after.map((config): ModelConfig => {
    const old = known.get(config.name);
    if (old === undefined) return {...config, labels: new Map()};
    if (old.basePath !== config.basePath) return old;
    return {...old, policy: {kind: 'either', policies: [old.policy, config.policy]}};
  });
  return [...before.filter(({name}) => !named.has(name)), ...merged];
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
