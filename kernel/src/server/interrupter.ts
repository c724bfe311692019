import inspector from 'node:inspector';

/** How long the main thread may take to hear of an interrupt before its code is stopped by force. */
const HEARD_WITHIN_MS = 1000;

/**
 * Interrupts user code. Code that gives the event loop a turn hears of it and stops by itself; code that does not is
 * terminated through V8's inspector, which unwinds it and leaves all variables as they are.
 */
export class Interrupter {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly tell: () => void,
    private readonly onTerminated: () => void,
  ) {}

  interrupt(): void {
    this.tell();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void terminateMainThread().then(this.onTerminated);
    }, HEARD_WITHIN_MS);
  }

  /** The main thread heard it, or the cell has ended. */
  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function terminateMainThread(): Promise<void> {
  const session = new inspector.Session();
  session.connectToMainThread();
  return new Promise(resolve => {
    session.post('Runtime.terminateExecution', () => {
      session.disconnect();
      resolve();
    });
  });
}
