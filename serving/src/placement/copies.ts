import type {HostTensor, RunOptions} from '@ingot/tensorflow/session';
import type {Copy, EngineModel} from '../engine/engine.js';
import {nameOf, type Placement} from './placement.js';

type Named = Readonly<Record<string, HostTensor>>;

interface Placed {
  readonly model: EngineModel;
  readonly placement: Placement;
  running: number;
}

/** Copies of one model: a run goes to the one that has the fewest. */
export class Copies {
  private readonly all: readonly Placed[];
  /** Where the search begins: copies that have equally little to do take turns. */
  private turn = 0;

  /** @param all at least one */
  constructor(all: readonly {readonly model: EngineModel; readonly placement: Placement}[]) {
    this.all = all.map(({model, placement}) => ({model, placement, running: 0}));
  }

  /** Given to begin with. */
  get first(): EngineModel {
    return (this.all[0] as Placed).model;
  }

  /** True while one of them can run. */
  get ready(): boolean {
    return this.all.some(({model}) => model.ready);
  }

  get states(): Copy[] {
    return this.all.map(({model, placement, running}) => ({
      device: placement.device,
      threads: placement.threads,
      name: nameOf(placement),
      ready: model.ready,
      running,
    }));
  }

  async run(signature: string, inputs: Named, options?: RunOptions): Promise<Record<string, HostTensor>> {
    const copy = this.next();
    copy.running++;
    try {
      return await copy.model.run(signature, inputs, options);
    } finally {
      copy.running--;
    }
  }

  /** Waits for their runs. @throws what the first of them threw that could not be freed */
  async dispose(urgent?: boolean): Promise<void> {
    await Promise.all(this.all.map(({model}) => model.dispose(urgent)));
  }

  /** One that can run goes before one that would have to wait for its engine. */
  private next(): Placed {
    let best = this.all[this.turn % this.all.length] as Placed;
    for (let i = 1; i < this.all.length; i++) {
      const other = this.all[(this.turn + i) % this.all.length] as Placed;
      const sooner = other.model.ready === best.model.ready ? other.running < best.running : other.model.ready;
      if (sooner) best = other;
    }
    this.turn = (this.turn + 1) % this.all.length;
    return best;
  }
}
