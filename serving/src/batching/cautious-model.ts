import type {HostTensor, LoadedModel, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import {judgeRows, rowsToTry} from './independence.js';
import {isBatchable, type Named} from './rows.js';

/** Requests that are looked at in search of two rows that differ. */
const MAX_SAMPLES = 8;
/** Trials that tell nothing, as in an engine that ends meanwhile, before the signature is left alone. */
const MAX_TRIALS = 3;

/** A signature of which it is not known yet whether its requests may be batched. */
interface Doubt {
  /** Inputs that it took. */
  readonly samples: Named[];
  trying: boolean;
  trials: number;
}

/**
 * A model whose requests are batched only once that was seen to be right: each signature is tried with the first rows that
 * are asked of it; until then they are answered one by one. A signature whose answers depend on the batch is never batched.
 */
export class CautiousModel implements LoadedModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  /** The signatures that are never batched. */
  readonly dependent = new Set<string>();
  private readonly doubts = new Map<string, Doubt>();
  private disposed = false;

  constructor(
    /** Runs requests one by one. */
    private readonly alone: LoadedModel,
    /** The same model, with requests in batches. */
    private readonly batched: LoadedModel,
    /** The same model, for trials, which are nobody's requests. */
    private readonly trials: LoadedModel,
    private readonly onDependent: (signature: string) => void,
  ) {
    this.signatures = alone.signatures;
    for (const [name, spec] of Object.entries(this.signatures)) {
      if (isBatchable(spec)) this.doubts.set(name, {samples: [], trying: false, trials: 0});
    }
  }

  /** Tries a signature with inputs that it is known to take. */
  async tryWith(signature: string, samples: readonly Named[]): Promise<void> {
    const doubt = this.doubts.get(signature);
    if (doubt === undefined || samples.length === 0) return;
    doubt.samples.push(...samples);
    await this.settle(signature, doubt, true);
  }

  run(signature: string, inputs: Named, options?: RunOptions): Promise<Record<string, HostTensor>> {
    const doubt = this.doubts.size > 0 ? this.doubts.get(signature) : undefined;
    if (doubt !== undefined) return this.runWatched(signature, doubt, inputs, options);
    return (this.dependent.has(signature) ? this.alone : this.batched).run(signature, inputs, options);
  }

  dispose(): Promise<void> {
    this.disposed = true;
    return this.batched.dispose();
  }

  private async runWatched(
    signature: string,
    doubt: Doubt,
    inputs: Named,
    options: RunOptions | undefined,
  ): Promise<Record<string, HostTensor>> {
    const outputs = await this.alone.run(signature, inputs, options);
    if (!doubt.trying && !this.disposed) {
      doubt.samples.push(inputs);
      void this.settle(signature, doubt, doubt.samples.length >= MAX_SAMPLES);
    }
    return outputs;
  }

  /** @param last false when it may wait for better samples. Never rejects. */
  private async settle(signature: string, doubt: Doubt, last: boolean): Promise<void> {
    const rows = rowsToTry(doubt.samples, last);
    if (rows === null && !last) return;
    doubt.trying = true;
    // Requests without rows are not batched anyway.
    const verdict = rows === null ? 'independent' : await judgeRows(this.trials, signature, rows);
    if (this.disposed) return;
    doubt.trying = false;
    doubt.samples.length = 0;
    if (verdict === 'unknown' && ++doubt.trials < MAX_TRIALS) return;
    if (verdict !== 'independent') {
      this.dependent.add(signature);
      this.onDependent(signature);
    }
    this.doubts.delete(signature);
  }
}
