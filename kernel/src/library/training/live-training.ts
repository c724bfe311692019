import type {MimeBundle} from '../../display/seam.js';
import {LiveDisplay} from '../display/show.js';
import type {Progress} from './checkpoint.js';
import {lossChart, type TrainingProgress} from './loss-chart.js';

/** The chart is drawn at most this often. */
const INTERVAL_MS = 250;

/** Follows a training and shows it beneath the cell. */
export class LiveTraining {
  readonly #display = new LiveDisplay();
  #start = performance.now();

  readonly #loss: number[] = [];
  readonly #validation: number[] = [];
  #fraction = 0;
  #drawn = -Infinity;
  #ended: {seconds: number; outcome: string} | undefined;

  constructor(
    readonly title: string,
    readonly epochs: number,
  ) {}

  get seconds(): number {
    return this.#ended?.seconds ?? (performance.now() - this.#start) / 1000;
  }
  get loss(): readonly number[] {
    return this.#loss;
  }
  /** By epoch, the untrained model's first. */
  get validation(): readonly number[] {
    return this.#validation;
  }

  /** Goes on where an earlier training was. */
  resume({loss, validation, seconds}: Pick<Progress, 'loss' | 'validation' | 'seconds'>): void {
    this.#loss.push(...loss);
    this.#validation.push(...validation);
    this.#start -= seconds * 1000;
  }

  untrained(validationLoss: number): void {
    this.#validation.push(validationLoss);
  }

  /** `fraction` of the epoch that is done. */
  batch(fraction: number): void {
    this.#fraction = fraction;
    this.#draw();
  }

  epoch(loss: number, validationLoss?: number): void {
    this.#loss.push(loss);
    if (validationLoss !== undefined) this.#validation.push(validationLoss);
    this.#fraction = 0;
    this.#draw();
  }

  end(outcome: string): void {
    this.#ended = {seconds: this.seconds, outcome};
    this.#display.settle(this.bundle());
  }

  bundle(): MimeBundle {
    return lossChart(this.#progress());
  }

  /** For a checkpoint. */
  progress(run: string, {best, batches}: Pick<Progress, 'best' | 'batches'>): Progress {
    return {
      run,
      savedAt: new Date().toISOString(),
      seconds: this.seconds,
      loss: this.#loss,
      validation: this.#validation,
      best: best === null ? null : {epoch: best.epoch, loss: best.loss},
      ...(batches === undefined ? {} : {batches}),
    };
  }

  #progress(): TrainingProgress {
    const done = (this.#loss.length + this.#fraction) / this.epochs;
    return {
      title: this.title,
      loss: this.#loss,
      validation: this.#validation,
      epochs: this.epochs,
      secondsSoFar: this.seconds,
      secondsLeft: done > 0 ? (this.seconds * (1 - done)) / done : null,
      ...(this.#ended === undefined ? {} : {outcome: this.#ended.outcome}),
    };
  }

  #draw(): void {
    const now = performance.now();
    if (now - this.#drawn < INTERVAL_MS) return;
    this.#drawn = now;
    this.#display.update(this.bundle());
  }
}
