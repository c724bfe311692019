import {basename, join} from 'node:path';
import {NativeEngine} from '../engine/native.js';
import {Loader} from '../lifecycle/loader.js';
import type {ModelConfig} from '../lifecycle/managed-model.js';
import {ModelManager} from '../lifecycle/manager.js';
import {availabilityPreserving} from '../lifecycle/transition.js';
import type {ServerSetup} from './vector.js';

/** The models that cases ask, loaded from the folder of models that lies beside the file of vectors. */
export class ServedModels {
  private readonly managers = new Map<string, Promise<ModelManager>>();

  constructor(private readonly folder: string) {}

  /** The models of a REST case. */
  forSetup(setup: ServerSetup): Promise<ModelManager> {
    const versions = setup.versions_loaded.map(BigInt);
    const labels = new Map(Object.entries(setup.labels ?? {}).map(([label, version]) => [label, BigInt(version)]));
    const folder = basename(setup.base_path ?? setup.model);
    return this.load([this.config(setup.model, folder, versions, labels)]);
  }

  /** The models of the gRPC cases. */
  forRpc(): Promise<ModelManager> {
    return this.load([
      this.config('default', 'saved_model_half_plus_two_cpu', [123n]),
      this.config('test_model', 'saved_model_half_plus_two_cpu', [123n]),
      this.config('saved_model_half_plus_two_2_versions', 'saved_model_half_plus_two_2_versions', [123n, 124n]),
    ]);
  }

  async close(): Promise<void> {
    for (const manager of this.managers.values()) await (await manager).close();
  }

  private config(
    name: string,
    folder: string,
    versions: readonly bigint[],
    labels: ReadonlyMap<string, bigint> = new Map(),
  ): ModelConfig {
    return {name, basePath: join(this.folder, folder), policy: {kind: 'specific', versions}, labels};
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
