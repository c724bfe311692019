import {readFileSync, rmSync, writeFileSync} from 'node:fs';

/**
 * Remembers, in a file beside the connection file, that the kernel is at work. Jupyter starts a kernel that has died again
 * with the same connection file: a file that is there then says that the one before ended without a word.
 */
export class LastRun {
  /** What to tell the person at the next cell, when the kernel before died. */
  readonly notice: string | undefined;
  readonly #file: string;

  constructor(connectionFile: string) {
    this.#file = `${connectionFile}.running`;
    this.notice = noticeOf(this.#file);
    this.#write('');
  }

  /** A cell starts, e.g. "cell[3].ts". */
  started(cell: string): void {
    this.#write(cell);
  }

  /** The kernel ends as it should. */
  ended(): void {
    rmSync(this.#file, {force: true});
  }

  #write(text: string): void {
    try {
      writeFileSync(this.#file, text);
    } catch {
      // A folder that cannot be written to costs the notice, not the kernel.
    }
  }
}

function noticeOf(file: string): string | undefined {
  let cell: string;
  try {
    cell = readFileSync(file, 'utf8');
  } catch {
    return undefined; // The usual case: the last kernel ended as it should, or there was none.
  }
  const when = cell === '' ? '' : `; the last thing that it ran was ${cell.replace(/\.ts$/, '')}`;
  return (
    `The kernel had died and was started again${when}. Its variables are gone: run the cells that set them again. ` +
    'Mostly memory ran out, or native code failed; the log of the Jupyter server has what it said last.\n'
  );
}
