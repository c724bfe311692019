import {DataError} from './data-error.js';

/** The fields of a CSV text, found but not copied: `text` cuts one out. */
export interface CsvFields {
  readonly columns: number;
  readonly rows: number;
  /** The field of a row and a column, both from 0; the header is row 0. */
  text(row: number, column: number): string;
  /** The line of the file on which each row ends, the first being 1. */
  readonly lines: Uint32Array;
}

const [TAB, NEW_LINE, RETURN, SPACE, QUOTE, NO_BREAK_SPACE] = [9, 10, 13, 32, 34, 160];
/** Set in a field's start when its quotes are doubled within. */
const ESCAPED = 0x8000_0000;

/**
 * Finds the fields of a CSV text (RFC 4180; blank lines are skipped, spaces around a field do not count). Every row must
 * have as many fields as the first.
 * @param file is what errors call the file.
 * @param skipLines so many lines before the header are passed over.
 * @throws DataError that names the row.
 */
export function findFields(text: string, delimiter: string, file: string, skipLines = 0): CsvFields {
  const separator = delimiter.charCodeAt(0);
  const scan = new Scan(text, separator, file);
  scan.skip(skipLines);
  while (!scan.isAtEnd) scan.row();
  const {starts, ends, lines, columns} = scan;
  return {
    columns,
    rows: lines.length,
    lines: lines.done(),
    text(row, column) {
      const at = row * columns + column;
      const start = starts.at(at);
      const field = text.slice(start & ~ESCAPED, ends.at(at));
      return start >= ESCAPED ? field.replaceAll('""', '"') : field;
    },
  };
}

/**
 * The delimiter that the text's first row has most of, outside quotes; the first candidate when it has none.
 * @param candidates one character each.
 */
export function guessDelimiter(text: string, candidates: readonly string[], skipLines = 0): string {
  const lines = text.slice(0, 65_536).split(/\r\n|\n|\r/);
  const header = (lines.slice(skipLines).find(line => line.trim() !== '') ?? '').replace(/"[^"]*"/g, '');
  const counts = candidates.map(each => [each, header.split(each).length] as const);
  return counts.reduce((most, other) => (other[1] > most[1] ? other : most), ['', 0] as const)[0];
}

/** A list of 32-bit numbers that grows. */
class Growing {
  length = 0;
  #numbers = new Uint32Array(1024);

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length++] = value;
  }

  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  done(): Uint32Array {
    return this.#numbers.slice(0, this.length);
  }
}

class Scan {
  readonly starts = new Growing();
  readonly ends = new Growing();
  readonly lines = new Growing();
  columns = 0;
  #at = 0;
  #line = 1;

  constructor(
    private readonly text: string,
    private readonly separator: number,
    private readonly file: string,
  ) {}

  get isAtEnd(): boolean {
    return this.#at >= this.text.length;
  }

  skip(lines: number): void {
    for (let line = 0; line < lines; line++) {
      while (!this.isAtEnd && !this.#isLineEnd()) this.#at++;
      this.#endLine();
    }
  }

  row(): void {
    if (this.#isBlankLine()) {
      this.#endLine();
      return;
    }
    let count = 0;
    for (;;) {
      this.#field();
      count++;
      if (this.text.charCodeAt(this.#at) !== this.separator) break;
      this.#at++;
    }
    if (this.columns === 0) this.columns = count;
    if (count !== this.columns) {
      const fields = (number: number) => `${number} ${number === 1 ? 'field' : 'fields'}`;
      throw this.#error(`it has ${fields(count)}, but the header has ${fields(this.columns)}`);
    }
    this.lines.push(this.#line);
    this.#endLine();
  }

  #field(): void {
    const {text} = this;
    let at = this.#skipSpaces(this.#at);
    if (text.charCodeAt(at) === QUOTE) {
      this.#quoted(at);
      return;
    }
    const start = at;
    let end = at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === this.separator || code === NEW_LINE || code === RETURN) break;
      if (code > SPACE && code !== NO_BREAK_SPACE) end = at + 1;
    }
    this.#at = at;
    this.starts.push(start);
    this.ends.push(end);
  }

  #quoted(opened: number): void {
    const {text} = this;
    const line = this.#line;
    let escaped = 0;
    let at = opened + 1;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        if (text.charCodeAt(at + 1) !== QUOTE) break;
        escaped = ESCAPED;
        at++;
      } else if (code === NEW_LINE || (code === RETURN && text.charCodeAt(at + 1) !== NEW_LINE)) {
        this.#line++;
      } else if (at >= text.length) {
        this.#line = line;
        throw this.#error('a quote is opened and never closed');
      }
    }
    this.starts.push((opened + 1) | escaped);
    this.ends.push(at);
    this.#at = this.#skipSpaces(at + 1);
    if (this.#at < text.length && text.charCodeAt(this.#at) !== this.separator && !this.#isLineEnd()) {
      throw this.#error('text follows a closing quote; a quote within quotes is written twice');
    }
  }

  #skipSpaces(from: number): number {
    let at = from;
    for (; ; at++) {
      const code = this.text.charCodeAt(at);
      if ((code !== SPACE && code !== TAB && code !== NO_BREAK_SPACE) || code === this.separator) return at;
    }
  }

  #isBlankLine(): boolean {
    const at = this.#skipSpaces(this.#at);
    if (at < this.text.length && !this.#isLineEnd(at)) return false;
    this.#at = at;
    return true;
  }

  #isLineEnd(at = this.#at): boolean {
    const code = this.text.charCodeAt(at);
    return code === NEW_LINE || code === RETURN;
  }

  #endLine(): void {
    this.#at += this.text.charCodeAt(this.#at) === RETURN && this.text.charCodeAt(this.#at + 1) === NEW_LINE ? 2 : 1;
    this.#line++;
  }

  #error(problem: string): DataError {
    return new DataError(this.file, problem, this.#line);
  }
}
