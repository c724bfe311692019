import {createHash} from 'node:crypto';
import type {Tensor2D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import type {MimeBundle} from '../../display/seam.js';
import {escapeHtml} from '../display/html.js';
import {RICH, type Rich} from '../display/show.js';
import type {Schema, Table} from '../table/table.js';
import {honestTitle, type Provenance} from './provenance.js';
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
    this.title = honestTitle(description.title, simulated);
    this.provenance = {
      name,
      source,
      licence,
      simulated,
      sha256: contentHash(table),
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
   * @throws RangeError when the column is none of numbers or no column holds dates.
   */
  series(column: keyof S & string): Series {
    const values = this.#numbers(column);
    const dates = this.#dates();
    if (dates === undefined) throw new RangeError(`${this.title} has no column of dates to order its values by.`);
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

  #dates(): readonly string[] | undefined {
    const column = Object.keys(this.table.schema).find(name => this.table.schema[name] === 'date');
    return column === undefined ? undefined : (this.table.columns[column] as readonly string[]);
  }
}

function contentHash(table: Table): string {
  const hash = createHash('sha256');
  const columns = Object.values(table.columns) as ArrayLike<unknown>[];
  hash.update(`${Object.keys(table.columns).join(',')}\n`);
  for (let row = 0; row < table.rows; row++) hash.update(`${columns.map(values => String(values[row])).join(',')}\n`);
  return hash.digest('hex');
}
