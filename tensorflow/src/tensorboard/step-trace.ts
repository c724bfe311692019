import {closeSync, mkdirSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';

/**
 * When each step, epoch and validation of a training began and how long it took, as a file for a trace viewer
 * (ui.perfetto.dev, chrome://tracing). Format: Trace Event Format, JSON array of complete events; its closing bracket is
 * optional, so that what a crashed trainer leaves behind can be read.
 */
export class StepTrace {
  readonly path: string;
  #descriptor: number | undefined;
  #left: number;

  /** @param most no more events than this are written: a viewer opens some hundred thousand. */
  constructor(directory: string, most: number) {
    mkdirSync(directory, {recursive: true});
    this.path = join(directory, `steps.${Math.floor(Date.now() / 1000)}.${process.pid}.trace.json`);
    this.#left = most;
    this.#descriptor = openSync(this.path, 'w');
    writeSync(this.#descriptor, '[\n');
  }

  /**
   * @param row events of one kind are drawn in one row
   * @param start milliseconds since the process began, as `performance.now()` gives them
   */
  add(row: 'epochs' | 'steps' | 'between', name: string, start: number, end: number, args: object = {}): void {
    if (this.#descriptor === undefined || this.#left-- <= 0) return;
    const [ts, dur] = [Math.round(start * 1000), Math.round((end - start) * 1000)];
    writeSync(
      this.#descriptor,
      `${JSON.stringify({ph: 'X', pid: process.pid, tid: row, cat: row, name, ts, dur, args})},\n`,
    );
  }

  /** Calling it again does nothing. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
