import {EventFile} from './event-file.js';
import {histogram} from './histogram.js';
import type {SummaryValue} from './messages.js';
import {prCurveValue} from './pr-curve.js';
import {writeEmbedding, type Embedding} from './projector.js';
import {histogramValue, imageValue, scalarValue, textValue, type EncodedImage} from './summary.js';

/**
 * Writes one run for TensorBoard: a folder of its log folder. What is written can be seen at TensorBoard's next look
 * (`--reload_interval`, 5 s by default), also after the process has crashed.
 *
 * ```ts
 * const writer = new SummaryWriter('logs/gold/run-1');
 * writer.scalar('loss', 0.5, step);
 * writer.close();
 * ```
 */
export class SummaryWriter {
  readonly #file: EventFile;

  /**
   * Makes the folder where it is missing, and a new event file in it.
   * @param options.now seconds since 1970, for tests.
   */
  constructor(
    readonly directory: string,
    options: {readonly now?: () => number} = {},
  ) {
    this.#file = new EventFile(directory, options.now);
  }

  /** The event file that this writer appends to. */
  get path(): string {
    return this.#file.path;
  }

  /** @param step a whole number that grows: a batch, an epoch. */
  scalar(tag: string, value: number, step: number): void {
    this.write([scalarValue(tag, value)], step);
  }

  /** Several scalars of one step in one record. */
  scalars(values: Readonly<Record<string, number>>, step: number): void {
    this.write(
      Object.entries(values).map(([tag, value]) => scalarValue(tag, value)),
      step,
    );
  }

  /** The distribution of all values, whatever their shape. NaN and infinities are left out. */
  histogram(tag: string, values: ArrayLike<number>, step: number, buckets = 30): void {
    this.write([histogramValue(tag, histogram(values, buckets))], step);
  }

  /** @param images encoded images of one size. */
  image(tag: string, images: EncodedImage | readonly EncodedImage[], step: number): void {
    this.write([imageValue(tag, 'encoded' in images ? [images] : images)], step);
  }

  /** @param markdown shown as formatted text. */
  text(tag: string, markdown: string, step: number): void {
    this.write([textValue(tag, markdown)], step);
  }

  /** @param predictions probabilities of the class, for each label */
  prCurve(tag: string, labels: ArrayLike<number | boolean>, predictions: ArrayLike<number>, step: number): void {
    this.write([prCurveValue(tag, labels, predictions)], step);
  }

  /** Vectors for the projector, which shows the ones written last. */
  embedding(embedding: Embedding): void {
    writeEmbedding(this.directory, embedding);
  }

  /** @param graphDef a serialized GraphDef, shown by the graphs dashboard. */
  graph(graphDef: Uint8Array): void {
    this.#file.append({graphDef});
  }

  /** Values made by the functions of `summary.ts`, in one record. */
  write(value: readonly SummaryValue[], step: number): void {
    if (!Number.isSafeInteger(step)) {
      throw new Error(
        `The step of ${value.map(({tag}) => `"${tag}"`).join(', ')} is ${step}: it must be a whole number`,
      );
    }
    if (value.length > 0) this.#file.append({step, summary: {value}});
  }

  /** Syncs and closes the file. Calling it again does nothing. */
  close(): void {
    this.#file.close();
  }
}
