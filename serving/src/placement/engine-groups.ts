import type {SupervisedEngine} from '../engine/supervised.js';
import {isPlain, nameOf, type Placement} from './placement.js';

export interface LeasedEngine {
  readonly engine: SupervisedEngine;
  /** Ends the engine when nobody else uses it. */
  release(): Promise<void>;
}

interface Group {
  readonly engine: SupervisedEngine;
  users: number;
}

/** The engines that copies run in: the server's own, and one a placement for as long as a model wants it. */
export class EngineGroups {
  private readonly groups = new Map<string, Group>();
  private readonly closing = new Set<Promise<void>>();
  /** Of engines that have been closed. */
  private readonly lossesBefore = new Map<string, number>();

  constructor(
    readonly shared: SupervisedEngine,
    private readonly start: (placement: Placement) => SupervisedEngine,
  ) {}

  /** How often engines have ended unasked, by what ended them. */
  get losses(): ReadonlyMap<string, number> {
    const all = new Map(this.lossesBefore);
    for (const engine of this.engines) add(all, engine.losses);
    return all;
  }

  /** Those that run now, the server's own first. */
  get engines(): SupervisedEngine[] {
    return [this.shared, ...[...this.groups.values()].map(({engine}) => engine)];
  }

  /** @throws StatusError INVALID_ARGUMENT when there can be no such engine */
  lease(placement: Placement): LeasedEngine {
    if (isPlain(placement)) return {engine: this.shared, release: async () => undefined};
    const key = nameOf(placement);
    let group = this.groups.get(key);
    if (group === undefined) this.groups.set(key, (group = {engine: this.start(placement), users: 0}));
    group.users++;
    const {engine} = group;
    return {engine, release: () => this.release(key)};
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map(engine => engine.close()));
    await Promise.all(this.closing);
  }

  private async release(key: string): Promise<void> {
    const group = this.groups.get(key);
    if (group === undefined || --group.users > 0) return;
    this.groups.delete(key);
    add(this.lossesBefore, group.engine.losses);
    const closed: Promise<void> = group.engine.close().finally(() => this.closing.delete(closed));
    this.closing.add(closed);
    await closed;
  }
}

function add(to: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [reason, count] of more) to.set(reason, (to.get(reason) ?? 0) + count);
}
