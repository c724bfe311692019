/**
 * How long-running code learns that the user pressed Interrupt. The kernel puts an `InterruptPort` on `globalThis` under
 * `INTERRUPT_PORT`; code that can stop by itself (training between two batches) listens there. Code that does not, and
 * blocks the thread, is terminated shortly after.
 */
export const INTERRUPT_PORT = Symbol.for('ingot.interrupt');

export interface InterruptPort {
  /** Of the cell that runs now; a new one for each cell. Aborted, with an `InterruptedError` as reason, by an interrupt. */
  readonly signal: AbortSignal;
  /**
   * Calls `listener` at an interrupt of the cell that runs now; forgotten when that cell ends.
   * @returns a function that stops listening.
   */
  onInterrupt(listener: () => void): () => void;
}

/** What an interrupted cell fails with. Jupyter front ends know it by this name. */
export class InterruptedError extends Error {
  override readonly name = 'KeyboardInterrupt';
  constructor(message = 'The cell was interrupted. Variables are kept.') {
    super(message);
  }
}

/** The kernel's port, or undefined when the code does not run in the kernel. */
export function interruptPort(): InterruptPort | undefined {
  return (globalThis as {[INTERRUPT_PORT]?: InterruptPort})[INTERRUPT_PORT];
}

/** The kernel's side of the port: one scope per cell. */
export class Interrupts implements InterruptPort {
  #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onInterrupt(listener: () => void): () => void {
    const {signal} = this;
    signal.addEventListener('abort', listener, {once: true});
    return () => signal.removeEventListener('abort', listener);
  }

  /** Starts the scope of a new cell; listeners of the cell before are forgotten. */
  begin(): AbortSignal {
    this.#controller = new AbortController();
    return this.signal;
  }

  /** Aborts the running cell's signal. Calling it again for the same cell does nothing. */
  interrupt(): void {
    this.#controller.abort(new InterruptedError());
  }
}
