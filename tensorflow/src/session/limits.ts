import type {StepHandle} from '../native/addon.js';
import {TensorFlowError} from '../error.js';
import {tensorFlowError} from './marshal.js';
import type {CancelSignal} from './loaded-model.js';

export interface Limits {
  readonly deadlineMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
}

/**
 * Runs a step that may be given up. The promise settles at the deadline or with the signal at once; a run that has not begun
 * never begins, and one that computes ends before its next op (graph/stop.h says where not). Only `dispose()` waits for that.
 * @throws TensorFlowError DEADLINE_EXCEEDED or CANCELLED.
 */
export function runLimited(handle: StepHandle, feeds: readonly unknown[], limits: Limits): Promise<unknown[]> {
  const {deadlineMs, signal} = limits;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal));
    if (deadlineMs !== undefined && !(deadlineMs > 0)) return reject(deadlineExceeded(deadlineMs));
    const given_up = new Int32Array(1);
    const giveUp = (error: TensorFlowError) => {
      given_up[0] = 1;
      settle();
      reject(error);
    };
    const onAbort = () => giveUp(cancelled(signal));
    const timer =
      deadlineMs !== undefined && deadlineMs < MAX_TIMER
        ? setTimeout(() => giveUp(deadlineExceeded(deadlineMs)), Math.ceil(deadlineMs))
        : undefined;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, {once: true});
    let running: Promise<unknown[]>;
    try {
      running = handle.run(feeds, deadlineMs, given_up);
    } catch (error) {
      settle();
      return reject(tensorFlowError(error));
    }
    running.then(
      values => {
        settle();
        resolve(values);
      },
      error => {
        settle();
        reject(tensorFlowError(error));
      },
    );
  });
}

/** Node's timers hold 31 bits of milliseconds; deadlines are rounded up to whole ones. */
export const MAX_TIMER = 2 ** 31 - 1;

export function deadlineExceeded(deadlineMs: number): TensorFlowError {
  return new TensorFlowError(
    'DEADLINE_EXCEEDED',
    `the run was given up after its deadline of ${Math.round(deadlineMs)} ms`,
  );
}

export function cancelled(signal: CancelSignal | undefined): TensorFlowError {
  return new TensorFlowError('CANCELLED', 'the run was cancelled', {cause: signal?.reason});
}
