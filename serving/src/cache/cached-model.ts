import type {HostTensor, LoadedModel, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import {batchingErrors} from '../batching/errors.js';
import {within} from '../deadline/within.js';
import {toStatusError} from '../status/status.js';
import {keyOf} from './key.js';
import type {Outputs, ResponseCache} from './response-cache.js';

type Named = Readonly<Record<string, HostTensor>>;

let owners = 0;

/** Ends of a run that are one client's own: nobody else's answer. */
const OWN_ENDS: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'CANCELLED', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE']);

/**
 * A version that answers from the cache what it has answered before. Runs that ask the same at the same time are one run.
 * Errors are never kept.
 */
export class CachedModel implements LoadedModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  private readonly owner = ++owners;
  private readonly running = new Map<string, Promise<Record<string, HostTensor>>>();

  constructor(
    private readonly model: LoadedModel,
    private readonly cache: ResponseCache,
  ) {
    this.signatures = model.signatures;
  }

  run(signature: string, inputs: Named, options: RunOptions = {}): Promise<Record<string, HostTensor>> {
    const {cache} = this;
    const key = cache.limit === 0 ? null : keyOf(this.owner, signature, inputs, options);
    if (key === null) return this.model.run(signature, inputs, options);
    const known = cache.get(key);
    if (known !== undefined) {
      cache.counts.hits++;
      return Promise.resolve({...known});
    }
    const running = this.running.get(key);
    if (running !== undefined) return this.join(running, signature, inputs, options);
    cache.counts.misses++;
    return this.lead(key, this.model.run(signature, inputs, options));
  }

  async dispose(): Promise<void> {
    this.cache.forget(this.owner);
    await this.model.dispose();
    // Runs that were still going on have left their answers behind.
    this.cache.forget(this.owner);
  }

  private lead(key: string, run: Promise<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    this.running.set(key, run);
    run.then(
      outputs => {
        this.running.delete(key);
        this.cache.put(key, this.owner, outputs);
      },
      () => this.running.delete(key),
    );
    return run;
  }

  /** Waits for another's run, within limits of its own; when that one was given up, runs after all. */
  private async join(
    running: Promise<Outputs>,
    signature: string,
    inputs: Named,
    options: RunOptions,
  ): Promise<Record<string, HostTensor>> {
    const asked = performance.now();
    const {deadlineMs} = options;
    const late = batchingErrors.expired(deadlineMs ?? 0);
    try {
      const outputs = await within(running, options, () => late);
      this.cache.counts.joined++;
      return {...outputs};
    } catch (error) {
      const left = deadlineMs === undefined ? Infinity : deadlineMs - (performance.now() - asked);
      const mine = error === late || options.signal?.aborted === true || left <= 0;
      if (mine || !OWN_ENDS.has(toStatusError(error).code)) throw error;
      return this.run(signature, inputs, deadlineMs === undefined ? options : {...options, deadlineMs: left});
    }
  }
}
