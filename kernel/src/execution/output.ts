import type {CellId, FromMain} from '../threads/messages.js';

const MAX_CHARS = 65_536;
const MAX_WAIT_MS = 50;

/**
 * Gathers what cells print, so that 100,000 lines are a few messages. The first words go out at once, since the code may
 * block right after; what follows within 50 ms goes together, at the latest when the event loop turns. The order between
 * stdout, stderr and displays is kept.
 */
export class Output {
  #text: string[] = [];
  #chars = 0;
  #name: 'stdout' | 'stderr' = 'stdout';
  #cell: CellId | null = null;
  #flushedAt = -Infinity;
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
    if (this.#chars >= MAX_CHARS || performance.now() - this.#flushedAt > MAX_WAIT_MS) {
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
      this.#flushedAt = performance.now();
      this.send({type: 'stream', cell: this.#cell, name: this.#name, text});
    }
  }
}
