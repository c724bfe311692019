/** What the kernel puts on `globalThis`: the signal of the cell that runs now. */
const PORT = Symbol.for('ingot.interrupt');

/** Ends a training between two batches when the user has interrupted its cell. @throws the reason of the interrupt */
export function throwIfInterrupted(): void {
  (globalThis as {[PORT]?: {readonly signal?: AbortSignal}})[PORT]?.signal?.throwIfAborted();
}

/** A function that is called for each batch, and not after an interrupt. */
export function interruptible<Args extends unknown[], Result>(fn: (...args: Args) => Result): typeof fn {
  return (...args) => {
    throwIfInterrupted();
    return fn(...args);
  };
}
