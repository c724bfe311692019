import type {HostTensor, LoadedModel, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import {runOnceMore} from '../engine/once-more.js';
import {batchingErrors} from './errors.js';
import type {BatchObserver} from './observer.js';
import type {BatchPolicy} from './policy.js';
import {BatchQueue} from './queue.js';
import {concatenate, countRows, cutUp, isBatchable, type Named} from './rows.js';
import type {Slots} from './slots.js';

export interface Batching {
  /** A policy of its own for every queue. */
  readonly policy: () => BatchPolicy;
  readonly slots: Slots;
  /** TensorFlow Serving's fixed batching refuses what it cannot batch; adaptive batching lets it run by itself. */
  readonly strict: boolean;
  readonly observer?: BatchObserver;
}

/** Choices of outputs come from clients: only so many have queues, the others run unbatched. */
const MAX_QUEUES = 256;

/** A model whose runs are batched, where its signatures allow it. */
export class BatchedModel implements LoadedModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  /** The names of the inputs of those signatures that may be batched. */
  private readonly batchable: ReadonlyMap<string, readonly string[]>;
  private readonly entries = new Map<string, Entry>();
  private active = 0;
  private drained: (() => void) | undefined;

  constructor(
    private readonly model: LoadedModel,
    private readonly batching: Batching,
  ) {
    this.signatures = model.signatures;
    const batchable = Object.entries(this.signatures).filter(([, spec]) => isBatchable(spec));
    this.batchable = new Map(batchable.map(([name, {inputs}]) => [name, Object.keys(inputs)]));
  }

  run(signature: string, inputs: Named, options: RunOptions = {}): Promise<Record<string, HostTensor>> {
    this.active++;
    const running = this.dispatch(signature, inputs, options);
    running.then(this.left, this.left);
    return running;
  }

  private readonly left = (): void => {
    if (--this.active === 0) this.drained?.();
  };

  async dispose(): Promise<void> {
    if (this.active > 0) await new Promise<void>(resolve => (this.drained = resolve));
    await this.model.dispose();
  }

  /** Never throws: it rejects. */
  private dispatch(signature: string, inputs: Named, options: RunOptions): Promise<Record<string, HostTensor>> {
    const wanted = this.batchable.get(signature);
    if (wanted === undefined || !sameNames(wanted, inputs)) {
      return runOnceMore(this.model, signature, inputs, options);
    }
    const rows = countRows(inputs);
    const {strict} = this.batching;
    if (rows === null && strict) return Promise.reject(noRows(inputs));
    const queue = this.queueOf(signature, options);
    if (rows === null || rows === 0 || queue === undefined) return runOnceMore(this.model, signature, inputs, options);
    const {queue: line, policy} = queue;
    if (rows > policy.maxRequestRows) return Promise.reject(batchingErrors.tooLarge(rows, policy.maxRequestRows));
    if (rows <= policy.maxRows) return line.submit(inputs, rows, options);
    if (policy.split) return submitInPieces(line, inputs, rows, policy.maxRows, options);
    return runOnceMore(this.model, signature, inputs, options);
  }

  private queueOf(signature: string, {outputs, checkSpecs}: RunOptions): Entry | undefined {
    const key =
      outputs === undefined && checkSpecs === false ? signature : JSON.stringify([signature, checkSpecs, outputs]);
    const known = this.entries.get(key);
    if (known !== undefined || this.entries.size >= MAX_QUEUES) return known;
    const {policy: makePolicy, slots, strict} = this.batching;
    const policy = makePolicy();
    const queue = new BatchQueue(
      (inputs, {deadlineMs, signal}) => this.model.run(signature, inputs, {deadlineMs, signal, checkSpecs, outputs}),
      policy,
      slots,
      strict ? batchingErrors.tooLate : batchingErrors.expired,
      this.batching.observer,
    );
    const entry = {queue, policy};
    this.entries.set(key, entry);
    return entry;
  }
}

interface Entry {
  readonly queue: BatchQueue;
  readonly policy: BatchPolicy;
}

function sameNames(wanted: readonly string[], given: Named): boolean {
  let count = 0;
  for (const name in given) {
    if (!wanted.includes(name)) return false;
    count++;
  }
  return count === wanted.length;
}

function noRows(inputs: Named): Error {
  const scalar = Object.values(inputs).some(({shape}) => shape.length === 0);
  return scalar ? batchingErrors.noDimension() : batchingErrors.unequal();
}

/** A request that is larger than a batch: several batches, and their outputs one below the other. */
async function submitInPieces(
  queue: BatchQueue,
  inputs: Named,
  rows: number,
  most: number,
  options: RunOptions,
): Promise<Record<string, HostTensor>> {
  const pieces = cutUp(inputs, rows, most);
  const outputs = await Promise.all(pieces.map(piece => queue.submit(piece.inputs, piece.rows, options)));
  return concatenate(outputs, rows);
}
