import type {Engine, LoadOptions, ServedModel} from '../engine/engine.js';
import {modelSize} from './model-size.js';
import {RestingModel, type RestObserver} from './resting-model.js';
import {Room} from './room.js';

/**
 * An engine that keeps within a memory budget: models that were not used for the longest leave memory, and come back when
 * they are asked. For those above it, nothing changes: a model that is away runs, only later.
 */
export class BudgetedEngine implements Engine {
  /** How often models have left memory, and come back. */
  readonly counts = {rests: 0, wakes: 0};
  private readonly room: Room;
  private readonly observer: RestObserver;

  constructor(
    private readonly engine: Engine,
    budgetBytes: number,
  ) {
    this.room = new Room(budgetBytes);
    this.observer = {rested: () => void this.counts.rests++, woke: () => void this.counts.wakes++};
  }

  get ready(): boolean {
    return this.engine.ready;
  }

  get record(): Engine['record'] {
    return this.engine.record;
  }

  get losses(): ReadonlyMap<string, number> {
    return this.engine.losses;
  }

  /** What the models in memory take, in bytes. */
  get usedBytes(): number {
    return this.room.used;
  }

  get budgetBytes(): number {
    return this.room.bytes;
  }

  async load(directory: string, options: LoadOptions): Promise<RestingModel> {
    const copies = this.engine.copiesOf?.(options.model) ?? 1;
    const bytes = copies * (await modelSize(directory));
    // When it comes back, a request waits for it.
    const load = (): Promise<ServedModel> => this.engine.load(directory, {...options, background: false});
    await this.room.reserve(bytes);
    try {
      return new RestingModel(await this.engine.load(directory, options), bytes, this.room, load, this.observer);
    } catch (error) {
      this.room.free(bytes);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}
