import {basename, join} from 'node:path';
import {NativeEngine} from '../engine/native.js';
import {Loader} from '../loading/loader.js';
import type {ModelConfig} from '../lifecycle/settings.js';
import {ModelManager} from '../lifecycle/manager.js';
import {availabilityPreserving} from '../lifecycle/versions/transition.js';
import type {ServerSetup, Vector} from './vector.js';

const CPU = 'saved_model_half_plus_two_cpu';
/** The models that gRPC cases ask: they name no folder and no versions. */
const FOR_RPC: readonly ServerSetup[] = [
  {model: 'default', base_path: CPU, versions_loaded: [123]},
  {model: 'test_model', base_path: CPU, versions_loaded: [123]},
  {model: 'saved_model_half_plus_two_2_versions', versions_loaded: [123]},
];

/**
 * What one server has to serve for all cases that can be sent to one.
 * @param folder the folder of models that lies beside the file of vectors
 */
export function wantedModels(vectors: readonly Vector[], folder: string): ModelConfig[] {
  const byRpc = vectors.some(({input}) => input.rpc !== undefined) ? FOR_RPC : [];
  const byName = new Map<string, ModelConfig>();
  for (const setup of [...vectors.flatMap(({input}) => input.server ?? []), ...byRpc]) {
    const config = configOf(setup, folder);
    const labels = new Map([...(byName.get(config.name)?.labels ?? []), ...config.labels]);
    byName.set(config.name, {...config, labels});
  }
  return [...byName.values()];
}

function configOf({model, base_path, versions_loaded, labels = {}}: ServerSetup, folder: string): ModelConfig {
  return {
    name: model,
    basePath: join(folder, basename(base_path ?? model)),
    policy: {kind: 'specific', versions: versions_loaded.map(BigInt)},
    labels: new Map(Object.entries(labels).map(([label, version]) => [label, BigInt(version)])),
  };
}

/** The models that cases ask, loaded from the folder of models that lies beside the file of vectors. */
export class ServedModels {
  private readonly managers = new Map<string, Promise<ModelManager>>();

  constructor(private readonly folder: string) {}

  /** The models of a REST case. */
  forSetup(setup: ServerSetup): Promise<ModelManager> {
    return this.load([configOf(setup, this.folder)]);
  }

  /** The models of the gRPC cases. */
  forRpc(): Promise<ModelManager> {
    return this.load(FOR_RPC.map(setup => configOf(setup, this.folder)));
  }

  async close(): Promise<void> {
    for (const manager of this.managers.values()) await (await manager).close();
  }

  private load(configs: readonly ModelConfig[]): Promise<ModelManager> {
    const key = JSON.stringify(configs.map(({name, basePath}) => [name, basePath]));
    const known = this.managers.get(key);
    if (known !== undefined) return known;
    const made = start(configs);
    this.managers.set(key, made);
    return made;
  }
}

async function start(configs: readonly ModelConfig[]): Promise<ModelManager> {
  const nothing = {loaded: () => undefined, ran: () => undefined};
  const models = new ModelManager(
    {configs, modelRoot: null},
    {
      loader: new Loader(new NativeEngine(), ['serve'], null, nothing),
      policy: availabilityPreserving,
      now: Date.now,
      settleMs: 0,
      maxRetries: 0,
      retryMs: 0,
      log: (level, text) => void (level !== 'info' && console.error(text)),
      limit: work => work(),
    },
  );
  await models.start(0);
  await models.settled(configs.map(({name}) => name));
  return models;
}
