import {isStrings, valueBytes, type HostTensor, type RunOptions} from '@ingot/tensorflow/session';
import type {Named} from '../batching/rows.js';

/** A run as it was asked for. */
export interface RecentRun {
  readonly signature: string;
  readonly inputs: Named;
  readonly options: Pick<RunOptions, 'outputs' | 'checkSpecs'>;
}

/** Choices of outputs come from clients: no more kinds of runs than these are noted. */
const MAX_KINDS = 16;
/** Larger inputs are not held for this. */
const MAX_BYTES = 1024 * 1024;
/** The same for texts, which are many pieces of memory. */
const MAX_TEXTS = 1000;

/** What a version was asked last, once for each signature and choice of outputs: the next one is warmed up with it. */
export class RecentRuns {
  private readonly kinds = new Map<string, RecentRun>();

  get all(): readonly RecentRun[] {
    return [...this.kinds.values()];
  }

  note(signature: string, inputs: Named, {outputs, checkSpecs}: RunOptions): void {
    const kind = outputs === undefined ? signature : JSON.stringify([signature, outputs]);
    if (!this.kinds.has(kind) && this.kinds.size >= MAX_KINDS) return;
    if (!isSmall(inputs)) return;
    this.kinds.set(kind, {signature, inputs, options: {outputs, checkSpecs}});
  }
}

function isSmall(inputs: Named): boolean {
  let bytes = 0;
  for (const name in inputs) {
    const tensor = inputs[name] as HostTensor;
    if (isStrings(tensor.data) && tensor.data.length > MAX_TEXTS) return false;
    bytes += valueBytes(tensor);
  }
  return bytes <= MAX_BYTES;
}
