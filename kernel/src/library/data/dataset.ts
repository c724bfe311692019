import {createHash} from 'node:crypto';
import type {Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {MimeBundle} from '../../display/seam.js';
import {escapeHtml} from '../display/html.js';
import {RICH, type Rich} from '../display/show.js';
import type {Schema, Table} from '../table/table.js';
import {honestTitle, type Provenance} from './provenance.js';
import type {PeriodName} from './period.js';
import {type DateSplit, type RowSplit, type ShareSplit, splitByDate, splitByShare} from './split-rows.js';
import {Series} from './series.js';

export interface DatasetDescription {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly licence: string;
  readonly simulated: boolean;
  /** By column, e.g. {price: 'USD/oz'}. */
  readonly units: Readonly<Record<string, string>>;
  /** The time between two rows, e.g. "trading day". */
  readonly step?: string;
  /** What a reader of the data must know, in a sentence each. */
  readonly notes?: readonly string[];
}

/** A checked table with its source, licence and units. */
export class Dataset<S extends Schema = Schema> implements Rich {
  readonly provenance: Provenance;
  readonly title: string;

  constructor(
    readonly table: Table<S>,
    readonly description: DatasetDescription,
  ) {
    const {name, source, licence, simulated} = description;
    const dates = this.#dates();
    let hash: string | undefined;
    this.title = honestTitle(description.title, simulated);
    this.provenance = {
      name,
      source,
      licence,
      simulated,
      // Of use when a model is staged: not worth a second for every large file that is opened.
      get sha256() {
        return (hash ??= contentHash(table));
      },
      rows: table.rows,
      ...(dates === undefined || dates.length === 0 ? {} : {from: dates[0], to: dates[dates.length - 1]}),
    };
  }

  get rows(): number {
    return this.table.rows;
  }

  /** The typed columns, e.g. `dataset.columns.price`. */
  get columns(): Table<S>['columns'] {
    return this.table.columns;
  }

  /**
   * One column of numbers with its dates: what is split, windowed, forecast and plotted.
   * @throws RangeError when the column is none of numbers or lacks one, or no column holds dates.
   */
  series(column: keyof S & string): Series {
    const values = this.#numbers(column);
    const dates = this.#dates();
    if (dates === undefined) throw new RangeError(`${this.title} has no column of dates to order its values by.`);
    const gap = values.findIndex(Number.isNaN);
    if (gap >= 0) {
      throw new RangeError(
        `"${column}" has no value on ${dates[gap]}: open the file with missing: 'previous' or 'drop'.`,
      );
    }
    const {units, step} = this.description;
    return new Series({
      title: this.title,
      unit: units[column] ?? '',
      step: step ?? 'step',
      dates,
      values,
      provenance: this.provenance,
    });
  }

  /**
   * [rows, columns] float32: columns of numbers as the features of a model.
   * @throws RangeError when a column is none of numbers.
   */
  tensor(...columns: (keyof S & string)[]): Tensor2D {
    const values = columns.map(column => this.#numbers(column));
    const flat = new Float32Array(this.rows * columns.length);
    values.forEach((numbers, column) => {
      numbers.forEach((value, row) => (flat[row * columns.length + column] = value));
    });
    return tf.tensor2d(flat, [this.rows, columns.length]);
  }

  /**
   * The distinct texts of a column, sorted: the labels of a classifier, say.
   * @throws RangeError when the column is none of texts.
   */
  categories(column: keyof S & string): string[] {
    return [...new Set(this.#texts(column))].sort();
  }

  /**
   * [rows, categories] float32: 1 where the row has the category, 0 elsewhere.
   * @param categories in the order of the columns; those of the whole data set, so that all of its parts agree.
   * @throws RangeError naming the row whose text is none of them.
   */
  oneHot(column: keyof S & string, categories: readonly string[] = this.categories(column)): Tensor2D {
    const places = new Map(categories.map((name, place) => [name, place]));
    const flat = new Float32Array(this.rows * categories.length);
    this.#texts(column).forEach((text, row) => {
      const place = places.get(text);
      if (place === undefined) {
        const known = categories.join(', ');
        throw new RangeError(`Row ${this.table.rowNumber(row)}, "${column}": "${text}" is none of ${known}.`);
      }
      flat[row * categories.length + place] = 1;
    });
    return tf.tensor2d(flat, [this.rows, categories.length]);
  }

  /**
   * The rows for training, validation and test: by date, for data that are ordered by time; or at random, the same rows in
   * every run.
   *
   * ```ts
   * const {train, validation, test} = penguins.split({validation: 0.15, test: 0.15, balance: 'species'});
   * ```
   * @param how with `balance`, every part has its share of each of that column's texts.
   * @throws RangeError when a part would be empty.
   */
  split(
    how: DateSplit | (ShareSplit & {readonly balance?: keyof S & string}),
  ): Readonly<Record<PeriodName, Dataset<S>>> {
    const rows = this.#splitRows(how);
    const part = (name: PeriodName) => {
      const title = `${this.description.title}, ${name}`;
      return new Dataset(this.table.take(rows[name]), {...this.description, title});
    };
    return {train: part('train'), validation: part('validation'), test: part('test')};
  }

  #splitRows(how: DateSplit | (ShareSplit & {readonly balance?: keyof S & string})): RowSplit {
    if (typeof how.validation === 'string') {
      const dates = this.#dates();
      if (dates === undefined) throw new RangeError(`${this.title} has no column of dates to split it by.`);
      return splitByDate(dates, how as DateSplit);
    }
    const {balance, ...shares} = how as ShareSplit & {readonly balance?: keyof S & string};
    const all = Array.from({length: this.rows}, (_, row) => row);
    if (balance === undefined) return splitByShare([all], shares);
    const texts = this.#texts(balance);
    return splitByShare(
      this.categories(balance).map(name => all.filter(row => texts[row] === name)),
      shares,
    );
  }

  [RICH](): MimeBundle {
    const {source, licence, from, to} = {...this.provenance};
    const facts = [`Source: ${source}`, `Licence: ${licence}`, from === undefined ? '' : `${from} to ${to}`];
    const notes = [...facts.filter(fact => fact !== ''), ...(this.description.notes ?? [])];
    const table = this.table[RICH]();
    return {
      'text/plain': `${this.title}\n${String(table['text/plain'])}\n${notes.join('\n')}`,
      'text/html':
        `<h4>${escapeHtml(this.title)}</h4>${String(table['text/html'])}` +
        `<ul>${notes.map(note => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`,
    };
  }

  #numbers(column: keyof S & string): Float64Array {
    const {schema, columns} = this.table;
    if (schema[column] === 'number') return columns[column] as Float64Array;
    const numeric = Object.keys(schema).filter(name => schema[name] === 'number');
    throw new RangeError(`"${column}" is not a column of numbers; those are ${numeric.join(', ') || 'none'}.`);
  }

  #texts(column: keyof S & string): readonly string[] {
    const {schema, columns} = this.table;
    if (schema[column] === 'text') return columns[column] as readonly string[];
    const others = Object.keys(schema).filter(name => schema[name] === 'text');
    throw new RangeError(`"${column}" is not a column of texts; those are ${others.join(', ') || 'none'}.`);
  }

  #dates(): readonly string[] | undefined {
    const column = Object.keys(this.table.schema).find(name => this.table.schema[name] === 'date');
    return column === undefined ? undefined : (this.table.columns[column] as readonly string[]);
  }
}

/** SHA-256 of the columns as canonical CSV. */
function contentHash(table: Table): string {
  const hash = createHash('sha256');
  const columns = Object.values(table.columns) as ArrayLike<unknown>[];
  hash.update(`${Object.keys(table.columns).join(',')}\n`);
  for (let start = 0; start < table.rows; start += 4096) {
    const rows = Array.from({length: Math.min(4096, table.rows - start)}, (_, row) => {
      return `${columns.map(values => String(values[start + row])).join(',')}\n`;
    });
    hash.update(rows.join(''));
  }
  return hash.digest('hex');
}
