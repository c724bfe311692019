import type {HostTensor, LoadedModel} from '@ingot/tensorflow/session';
import {toStatusError} from '../status/status.js';
import type {Lease, Servable} from '../lifecycle/servable.js';
import {firstDifference, type Tolerance} from './compare.js';

/** Which version gets copies of the requests that name no version, and how its answers are judged. */
export interface ShadowOrder {
  readonly version: bigint;
  /** How many of a hundred requests are mirrored. */
  readonly percent: number;
  readonly tolerance: Tolerance;
}

/** What became of the mirrored requests so far. */
export interface ShadowCounts {
  /** Answered as by the version that clients get. */
  readonly same: number;
  /** Answered otherwise. */
  readonly different: number;
  /** Answered with an error. */
  readonly failed: number;
  /** Not mirrored, since the shadow was busy or not AVAILABLE. */
  readonly dropped: number;
  /** What was the matter with the last of those that were different or failed; null when none was. */
  readonly trouble: string | null;
}

export const NOTHING_MIRRORED: ShadowCounts = {same: 0, different: 0, failed: 0, dropped: 0, trouble: null};

type Named = Readonly<Record<string, HostTensor>>;
/** Mirrored runs at once, over all requests to a model: what comes meanwhile is not mirrored. */
const MAX_RUNNING = 2;
/** After a mirrored run the shadow rests for this many times as long as the run took. */
const REST = 1;
const DEADLINE_MS = 30_000;

/**
 * Mirrors runs to another version and compares the answers. Never throws, never keeps a request waiting, and takes at most
 * MAX_RUNNING / (1 + REST) runs' worth of the machine at a time.
 */
export class Shadow {
  private readonly counted = {...NOTHING_MIRRORED};
  private running = 0;
  private readonly wrapped = new WeakMap<Servable, Servable>();

  constructor(
    readonly order: ShadowOrder,
    /** Takes the shadow's version into use; null while it is not AVAILABLE. */
    private readonly lease: () => Lease | null,
  ) {}

  get counts(): ShadowCounts {
    return this.counted;
  }

  /** The servable whose successful runs are mirrored, after they are answered. */
  over(servable: Servable): Servable {
    const known = this.wrapped.get(servable);
    if (known !== undefined) return known;
    const made = {...servable, loaded: this.mirrored(servable.loaded)};
    this.wrapped.set(servable, made);
    return made;
  }

  private mirrored(loaded: LoadedModel): LoadedModel {
    return {
      signatures: loaded.signatures,
      run: async (signature, inputs, options) => {
        const outputs = await loaded.run(signature, inputs, options);
        // The client's answer is on its way before the shadow is asked.
        setImmediate(() => void this.mirror(signature, inputs, options?.outputs, outputs));
        return outputs;
      },
      dispose: () => loaded.dispose(),
    };
  }

  private note(result: 'different' | 'failed', trouble: string): void {
    this.counted[result]++;
    this.counted.trouble = trouble;
  }

  private async mirror(
    signature: string,
    inputs: Named,
    wanted: readonly string[] | undefined,
    answer: Named,
  ): Promise<void> {
    const {percent, tolerance} = this.order;
    if (Math.random() * 100 >= percent) return;
    const lease = this.running < MAX_RUNNING ? this.lease() : null;
    if (lease === null) {
      this.counted.dropped++;
      return;
    }
    this.running++;
    const started = performance.now();
    try {
      const options = {deadlineMs: DEADLINE_MS, checkSpecs: false, ...(wanted && {outputs: wanted})};
      const other = await lease.servable.loaded.run(signature, inputs, options);
      const difference = firstDifference(answer, other, tolerance);
      if (difference === null) this.counted.same++;
      else this.note('different', difference);
    } catch (error) {
      // A signature that it does not have, inputs that it does not take, a run that fails: all are what one wants to know.
      this.note('failed', toStatusError(error).toString());
    } finally {
      lease.release();
      setTimeout(() => this.running--, REST * (performance.now() - started)).unref();
    }
  }
}
