import type {CancelSignal} from '@ingot/tensorflow/session';

type Listener = () => void;

/** What tells a run that nobody waits for it any more. Every request has one: an AbortController costs microseconds, this an object. */
export class Cancellation implements CancelSignal {
  aborted = false;
  /** There is seldom more than one at a time, and an array costs more than all the rest. */
  private only: Listener | null = null;
  private others: Listener[] | null = null;

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const {only, others} = this;
    this.only = this.others = null;
    only?.();
    for (const listener of others ?? []) listener();
  }

  /** Each is told once; what is added later, as with an AbortSignal, never. */
  addEventListener(_type: 'abort', listener: Listener): void {
    if (this.only === null) this.only = listener;
    else (this.others ??= []).push(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    if (this.only === listener) this.only = null;
    else if (this.others?.includes(listener)) this.others.splice(this.others.indexOf(listener), 1);
  }
}

/** The same as an AbortSignal, for what takes nothing else. */
export function toAbortSignal(signal: CancelSignal): AbortSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort(), {once: true});
  return controller.signal;
}
