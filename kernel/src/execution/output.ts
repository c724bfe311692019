import type {CellId, FromMain} from '../threads/messages.js';

const MAX_CHARS = 65_536;
const WINDOW_MS = 50;
/** So many messages go out at once in a window; a cell that prints more gets them together. */
const MESSAGES_PER_WINDOW = 10;

/**
 * Gathers what cells print, so that 100,000 lines are a few hundred messages. A few words go out at once, since the code
 * may block right after; what a flood prints goes together, at the latest when the event loop turns. The order between
 * stdout, stderr and displays is kept.
 */
export class Output {
  #text: string[] = [];
  #chars = 0;
  #name: 'stdout' | 'stderr' = 'stdout';
  #cell: CellId | null = null;
  #windowStart = -Infinity;
  #inWindow = 0;
  #scheduled = false;

  constructor(private readonly send: (message: FromMain) => void) {}

  write(cell: CellId | null, name: 'stdout' | 'stderr', text: string): void {
    if (text === '') {
      return;
    }
    if (this.#chars > 0 && (cell !== this.#cell || name !== this.#name)) {
      this.flush();
    }
    this.#cell = cell;
    this.#name = name;
    this.#text.push(text);
    this.#chars += text.length;
    const now = performance.now();
    if (now - this.#windowStart > WINDOW_MS) {
      this.#windowStart = now;
      this.#inWindow = 0;
    }
    if (this.#chars >= MAX_CHARS || this.#inWindow < MESSAGES_PER_WINDOW) {
      this.#inWindow += 1;
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  /** To be called before anything else is sent, so that it does not overtake what was printed. */
  flush(): void {
    if (this.#chars > 0) {
      const text = this.#text.join('');
      this.#text = [];
      this.#chars = 0;
      this.send({type: 'stream', cell: this.#cell, name: this.#name, text});
    }
  }
}
