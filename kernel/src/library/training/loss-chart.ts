import type {MimeBundle} from '../../display/seam.js';
import {COLOURS, lineChart} from '../charts/line-chart.js';

export interface TrainingProgress {
  readonly title: string;
  /** By epoch. */
  readonly loss: readonly number[];
  /** By epoch; its first value, at `validationFrom` 0, is the untrained model's. */
  readonly validation: readonly number[];
  readonly epochs: number;
  readonly secondsSoFar: number;
  /** Null before it can be told. */
  readonly secondsLeft: number | null;
  /** How the training ended; undefined while it runs. */
  readonly outcome?: string;
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** One sentence: the epoch, the losses and how long it will take. */
export function progressText(progress: TrainingProgress): string {
  const {loss, validation, epochs, secondsSoFar, secondsLeft, outcome} = progress;
  const figures = [
    `epoch ${loss.length} of ${epochs}`,
    loss.length === 0 ? '' : `loss ${(loss.at(-1) ?? NaN).toFixed(5)}`,
    validation.length === 0 ? '' : `validation ${(validation.at(-1) ?? NaN).toFixed(5)}`,
    duration(secondsSoFar),
    outcome !== undefined || secondsLeft === null ? '' : `about ${duration(secondsLeft)} left`,
  ];
  const text = figures.filter(figure => figure !== '').join(' · ');
  return outcome === undefined ? text : `${text}\n${outcome}`;
}

/** The losses by epoch as a chart, with the sentence beneath its title. */
export function lossChart(progress: TrainingProgress): MimeBundle {
  const text = progressText(progress);
  const {title, loss, validation, outcome} = progress;
  const points = (values: readonly number[], first: number) =>
    values.map((value, index) => [index + first, value] as const);
  const svg = lineChart({
    title: outcome === undefined ? title : `${title}: ${text.split('\n')[0] ?? ''}`,
    subtitle: outcome ?? text,
    xLabel: 'epoch',
    yLabel: 'loss',
    lines: [
      {label: 'training', colour: COLOURS.blue, points: points(loss, 1)},
      {label: 'validation', colour: COLOURS.orange, points: points(validation, 0)},
    ].filter(line => line.points.length > 0),
    height: 300,
  });
  return {'text/plain': `${title}: ${text}`, 'image/svg+xml': svg};
}
