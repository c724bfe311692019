import type {CancelSignal} from '@ingot/tensorflow/session';

type Listener = () => void;

/** What tells a run that nobody waits for it any more. Every request has one: an AbortController costs microseconds, this an object. */
export class Cancellation implements CancelSignal {
  aborted = false;
  private readonly listeners: Listener[] = [];

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.listeners.splice(0)) listener();
  }

  /** Each is told once; what is added later, as with an AbortSignal, never. */
  addEventListener(_type: 'abort', listener: Listener): void {
    this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    const at = this.listeners.indexOf(listener);
    if (at >= 0) this.listeners.splice(at, 1);
  }
}

/** The same as an AbortSignal, for what takes nothing else. */
export function toAbortSignal(signal: CancelSignal): AbortSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort(), {once: true});
  return controller.signal;
}
