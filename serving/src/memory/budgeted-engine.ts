import {setTimeout as sleep} from 'node:timers/promises';
import type {Engine, LoadOptions, ServedModel} from '../engine/engine.js';
import {modelSize} from './model-size.js';
import {RecentPeak} from './recent-peak.js';
import {RestingModel, type RestObserver} from './resting-model.js';
import {Room} from './room.js';

const MEASURE_MS = 250;
/** What runs took is kept free for them so long, or up to twice that. */
const PEAK_MS = 30_000;
/** The share of the budget that is kept free for runs at most: the models have the rest. */
const MOST_FOR_RUNS = 0.5;

/**
 * An engine that keeps within a memory budget: models that were not used for the longest leave memory, and come back when
 * they are asked. For those above it, nothing changes: a model that is away runs, only later.
 */
export class BudgetedEngine implements Engine {
  /** How often models have left memory, and come back. */
  readonly counts = {rests: 0, wakes: 0};
  private readonly room: Room;
  private readonly observer: RestObserver;
  /** What all have allocated beyond the sizes of the models that are in memory. */
  private readonly beyond = new RecentPeak(PEAK_MS, () => performance.now());
  private readonly ending = new AbortController();
  private measured = 0;

  constructor(
    private readonly engine: Engine,
    budgetBytes: number,
    private readonly sizeOf: (folder: string) => Promise<number> = modelSize,
  ) {
    this.room = new Room(budgetBytes);
    this.observer = {rested: () => void this.counts.rests++, woke: () => void this.counts.wakes++};
    void this.watch();
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

  /** What the models in memory take by their sizes, in bytes. */
  get usedBytes(): number {
    return this.room.used;
  }

  /** What is kept free for runs, in bytes: what they and the models took lately beyond the models' sizes. */
  get runBytes(): number {
    return this.room.usedByOthers;
  }

  /** What models and runs had allocated when it was last measured, in bytes. */
  get measuredBytes(): number {
    return this.measured;
  }

  get budgetBytes(): number {
    return this.room.bytes;
  }

  async load(directory: string, options: LoadOptions): Promise<RestingModel> {
    const copies = this.engine.copiesOf?.(options.model) ?? 1;
    const bytes = copies * (await this.sizeOf(directory));
    // When it comes back, a request waits for it.
    const load = (): Promise<ServedModel> => this.engine.load(directory, {...options, background: false});
    await this.room.reserve(bytes);
    try {
      const model = await this.engine.load(directory, options);
      return new RestingModel(model, bytes, this.room, load, this.observer, options.onLost);
    } catch (error) {
      this.room.free(bytes);
      throw error;
    }
  }

  close(): Promise<void> {
    this.ending.abort();
    return this.engine.close();
  }

  /** Until it is closed; never rejects. */
  private async watch(): Promise<void> {
    const {signal} = this.ending;
    while (!signal.aborted) {
      await sleep(MEASURE_MS, undefined, {ref: false, signal}).catch(() => undefined);
      await this.measure().catch(() => undefined);
    }
  }

  private async measure(): Promise<void> {
    const {engine, room, beyond} = this;
    const taken = room.used;
    this.measured = (await engine.allocatedBytes?.()) ?? 0;
    beyond.note(this.measured - Math.max(taken, room.used));
    const most = room.bytes * MOST_FOR_RUNS;
    const bytes = Math.min(most, Math.max(0, beyond.value));
    if (bytes !== room.usedByOthers) room.giveToOthers(bytes);
  }
}
