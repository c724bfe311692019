import type {MimeBundle} from '../../display/seam.js';
import {htmlTable, textTable} from '../display/html.js';
import {RICH, type Rich} from '../display/show.js';

/**
 * What a column holds. A `date` is ISO 8601, "2024-12-10" or with the time of day "2024-12-10T13:00:00Z", all of a column
 * alike, so that they sort and compare as text.
 */
export type ColumnType = 'number' | 'date' | 'text' | 'boolean';

export interface ColumnValues {
  number: Float64Array;
  date: readonly string[];
  text: readonly string[];
  boolean: readonly boolean[];
}

/** The columns of a table: name -> type. */
export type Schema = Readonly<Record<string, ColumnType>>;

export type Columns<S extends Schema> = {readonly [K in keyof S]: ColumnValues[S[K]]};

/** Typed columns of equal length. Never changed after it is made. */
export class Table<S extends Schema = Schema> implements Rich {
  readonly rows: number;

  /** @throws RangeError when the columns differ in length. */
  constructor(
    readonly schema: S,
    readonly columns: Columns<S>,
    /** The row of the file that each row was read from, for error messages. */
    readonly rowNumbers?: Uint32Array,
    /** What a reader of the data must know of how it was read, in a sentence each. */
    readonly notes: readonly string[] = [],
  ) {
    const lengths = Object.entries(columns).map(
      ([name, values]) => [name, (values as ArrayLike<unknown>).length] as const,
    );
    this.rows = lengths[0]?.[1] ?? 0;
    const odd = lengths.find(([, length]) => length !== this.rows);
    if (odd !== undefined) {
      throw new RangeError(`Column "${odd[0]}" has ${odd[1]} values where "${lengths[0]?.[0]}" has ${this.rows}.`);
    }
  }

  /** How an error message should call the row (from 0): as a spreadsheet would, the header being row 1. */
  rowNumber(row: number): number {
    return this.rowNumbers?.[row] ?? row + 2;
  }

  /** Rows `from` (included) to `to` (excluded), counted from 0; negative counts from the end, as `Array.slice` does. */
  slice(from?: number, to?: number): Table<S> {
    const cut = Object.entries(this.columns).map(([name, values]) => [
      name,
      (values as unknown as {slice(from?: number, to?: number): unknown}).slice(from, to),
    ]);
    const numbers = this.rowNumbers ?? Uint32Array.from({length: this.rows}, (_, row) => row + 2);
    return new Table(this.schema, Object.fromEntries(cut) as Columns<S>, numbers.slice(from, to), this.notes);
  }

  /** The rows with these indices, in their order. */
  take(rows: ArrayLike<number>): Table<S> {
    const indices = Uint32Array.from(rows);
    const taken = Object.entries(this.columns).map(([name, values]) => {
      const column = values as Float64Array | readonly unknown[];
      return [
        name,
        column instanceof Float64Array
          ? Float64Array.from(indices, row => column[row] ?? NaN)
          : Array.from(indices, row => column[row]),
      ];
    });
    const numbers = indices.map(row => this.rowNumber(row));
    return new Table(this.schema, Object.fromEntries(taken) as Columns<S>, numbers, this.notes);
  }

  /** The same rows, newest first turned into oldest first or the other way round. */
  reversed(): Table<S> {
    return this.take(Uint32Array.from({length: this.rows}, (_, row) => this.rows - 1 - row));
  }

  /** The same table with other notes. */
  with({notes}: {readonly notes: readonly string[]}): Table<S> {
    return new Table(this.schema, this.columns, this.rowNumbers, notes);
  }

  /** The rows as objects, e.g. for a chart library. */
  records(): Record<string, unknown>[] {
    const names = Object.keys(this.columns);
    return Array.from({length: this.rows}, (_, row) =>
      Object.fromEntries(names.map(name => [name, (this.columns[name] as ArrayLike<unknown>)[row]])),
    );
  }

  [RICH](): MimeBundle {
    const shown = this.#preview();
    const note = `${this.rows.toLocaleString('en')} rows × ${Object.keys(this.columns).length} columns`;
    return {
      'text/plain': `${textTable(shown.header, shown.rows)}\n${note}`,
      'text/html': `${htmlTable(shown.header, shown.rows)}<p>${note}</p>`,
    };
  }

  #preview(): {header: string[]; rows: string[][]} {
    const header = Object.keys(this.columns);
    const row = (index: number) => header.map(name => String((this.columns[name] as ArrayLike<unknown>)[index]));
    const ends = 5;
    if (this.rows <= 2 * ends + 1) return {header, rows: Array.from({length: this.rows}, (_, index) => row(index))};
    const first = Array.from({length: ends}, (_, index) => row(index));
    const last = Array.from({length: ends}, (_, index) => row(this.rows - ends + index));
    return {header, rows: [...first, header.map(() => '…'), ...last]};
  }
}
