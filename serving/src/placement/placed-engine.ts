import {NativeBuildError} from '@ingot/tensorflow/engine';
import type {Engine, EngineModel, EngineRecording, LoadOptions} from '../engine/engine.js';
import type {Log} from '../log.js';
import {StatusError} from '../status/status.js';
import {Copies} from './copies.js';
import type {EngineGroups} from './engine-groups.js';
import type {OptionsSource} from './options-file.js';
import {nameOf, placementsOf, type Placement} from './placement.js';
import {PlacedModel, type Wish} from './placed-model.js';

/** An engine that runs each model where its options say: in several copies, on devices, with threads of its own. */
export class PlacedEngine implements Engine {
  /** The models, and what is to be done when options have changed. */
  private readonly models = new Map<PlacedModel, () => void>();

  constructor(
    private readonly groups: EngineGroups,
    private readonly options: OptionsSource,
    private readonly log: Log,
  ) {
    options.onChange(() => this.models.forEach(follow => follow()));
  }

  get ready(): boolean {
    return this.models.size > 0 ? [...this.models.keys()].every(({ready}) => ready) : this.groups.shared.ready;
  }

  get losses(): ReadonlyMap<string, number> {
    return this.groups.losses;
  }

  /** All of them, or none. */
  readonly record = async (options: Uint8Array): Promise<EngineRecording[]> => {
    const begun = await Promise.allSettled(this.groups.engines.map(engine => engine.record(options)));
    const recordings = begun.flatMap(each => (each.status === 'fulfilled' ? each.value : []));
    const failed = begun.find(each => each.status === 'rejected');
    if (failed === undefined) return recordings;
    await Promise.allSettled(recordings.map(recording => recording.end()));
    throw failed.reason;
  };

  /** @throws StatusError FAILED_PRECONDITION that names the devices there are when one is wanted that is not there */
  async load(folder: string, options: LoadOptions): Promise<EngineModel> {
    let placed: PlacedModel | null = null;
    const onLost = (reason: unknown): void => {
      // The other copies answer for one that is gone.
      if (placed?.ready !== true) options.onLost?.(reason);
      else this.log('error', `a copy of ${folder} cannot be loaded again: ${textOf(reason)}`);
    };
    const perCopy = {...options, onLost};
    const wish = this.wishFor(folder, perCopy);
    const model = new PlacedModel(await wish.load(), wish, folder, () => this.models.delete(model));
    placed = model;
    this.models.set(model, () => void model.follow(this.wishFor(folder, perCopy), this.log));
    return model;
  }

  async allocatedBytes(): Promise<number> {
    const each = await Promise.all(this.groups.engines.map(engine => engine.allocatedBytes()));
    return each.reduce((sum, bytes) => sum + bytes, 0);
  }

  copiesOf(model: string): number {
    return placementsOf(this.options.of(model)).length;
  }

  async close(): Promise<void> {
    this.options.close();
    await this.groups.close();
  }

  private wishFor(folder: string, options: LoadOptions): Wish {
    const placements = placementsOf(this.options.of(options.model));
    return {key: placements.map(nameOf).join('; '), load: () => this.loadCopies(folder, options, placements)};
  }

  /** All or none. */
  private async loadCopies(folder: string, options: LoadOptions, placements: readonly Placement[]): Promise<Copies> {
    const loads = placements.map(async placement => ({
      placement,
      model: await this.loadOne(folder, options, placement),
    }));
    const results = await Promise.allSettled(loads);
    const loaded = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find(result => result.status === 'rejected');
    if (failed === undefined) return new Copies(loaded);
    await Promise.all(loaded.map(({model}) => model.dispose()));
    throw failed.reason;
  }

  private async loadOne(folder: string, options: LoadOptions, placement: Placement): Promise<EngineModel> {
    const {engine, release} = this.groups.lease(placement);
    try {
      const model = await engine.load(folder, options);
      return new LeasedModel(model, release);
    } catch (error) {
      const explained = await this.explain(error, options, placement);
      await release();
      throw explained;
    }
  }

  private async explain(error: unknown, {model}: LoadOptions, {device}: Placement): Promise<unknown> {
    if (!(error instanceof NativeBuildError) || !device.startsWith('gpu:')) return error;
    const found = await this.groups.shared.devices();
    const text = `${model} is to run on ${device}, but TensorFlow finds only ${found.join(', ')} on this machine`;
    return new StatusError('FAILED_PRECONDITION', text, {cause: error});
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A model whose engine is let go with it. */
class LeasedModel implements EngineModel {
  readonly signatures: EngineModel['signatures'];
  readonly signatureDefs: Uint8Array;
  readonly run: EngineModel['run'];
  private disposed: Promise<void> | undefined;

  constructor(
    private readonly model: EngineModel,
    private readonly release: () => Promise<void>,
  ) {
    ({signatures: this.signatures, signatureDefs: this.signatureDefs} = model);
    this.run = model.run.bind(model);
  }

  get ready(): boolean {
    return this.model.ready;
  }

  dispose(urgent?: boolean): Promise<void> {
    this.disposed ??= this.model.dispose(urgent).finally(this.release);
    return this.disposed;
  }
}
