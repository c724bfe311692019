import type {MimeBundle} from '../../display/seam.js';
import {honestTitle} from '../data/provenance.js';
import type {SeriesData} from '../data/series-data.js';
import {escapeHtml, htmlTable, textTable} from '../display/html.js';
import {RICH, type Rich} from '../display/show.js';
import {dieboldMariano} from './diebold-mariano.js';
import type {Score} from './metrics.js';

export interface Judged {
  readonly name: string;
  readonly baseline: boolean;
  /** In the order of the reported steps. */
  readonly scores: readonly Score[];
}

interface Backtested {
  readonly series: SeriesData;
  /** First and last day on which a forecast was made. */
  readonly from: string;
  readonly to: string;
  readonly origins: number;
  readonly judged: readonly Judged[];
}

/** The table of a backtest; `judged` has its figures. */
export class BacktestReport implements Rich {
  readonly title: string;
  readonly judged: readonly Judged[];
  readonly origins: number;
  readonly from: string;
  readonly to: string;
  readonly #unit: string;

  constructor({series, from, to, origins, judged}: Backtested) {
    this.title = honestTitle(`Backtest of ${series.title}`, series.provenance.simulated);
    this.judged = judged;
    this.origins = origins;
    this.from = from;
    this.to = to;
    this.#unit = series.unit;
  }

  /**
   * A model's figures by name, e.g. {mase_1: 1.06, relative_mae_7: 0.99, coverage_80_7: 0.81}, for `ingot.deployable`.
   * @throws RangeError when the backtest judged no such model.
   */
  metrics(name: string): Record<string, number> {
    const judged = this.judged.find(other => other.name === name);
    if (judged === undefined) {
      throw new RangeError(
        `No "${name}" was backtested; there are ${this.judged.map(other => other.name).join(', ')}.`,
      );
    }
    return Object.assign({}, ...judged.scores.map((score, index) => figures(score, this.#naive(index)))) as Record<
      string,
      number
    >;
  }

  /** What the table says, in a sentence for each model. */
  get summary(): readonly string[] {
    return this.judged
      .filter(({baseline}) => !baseline)
      .map(({name, scores}) => {
        const score = scores.at(-1) as Score;
        const relative = score.mae / this.#naive(scores.length - 1).mae;
        const percent = `${Math.abs(100 * (relative - 1)).toFixed(1)} %`;
        const verdict =
          Math.abs(relative - 1) < 0.005
            ? 'as good as the naive forecast'
            : `${percent} ${relative < 1 ? 'better' : 'worse'} than the naive forecast${this.#luck(score, scores.length - 1)}`;
        const interval = score.intervals.get(0.8);
        const covered =
          interval === undefined
            ? ''
            : ` Its 80 % interval held ${(100 * interval.coverage).toFixed(0)} % of the prices.`;
        return `${name}: over ${score.steps} steps its median is ${verdict}.${covered}`;
      });
  }

  [RICH](): MimeBundle {
    const header = [
      'forecast',
      'steps',
      `MAE ${this.#unit}`,
      'relative to naive',
      'MASE',
      'pinball',
      'in 80 %',
      'in 95 %',
      'width of 80 %',
    ];
    const rows = this.judged.flatMap(({name, scores}) => scores.map((score, index) => this.#row(name, score, index)));
    const note =
      `${this.origins} forecasts, made ${this.from} to ${this.to}; each figure is the mean over steps 1 to n. ` +
      'MASE is the MAE in units of the naive one of a single step, over the 252 steps before.';
    return {
      'text/plain': [this.title, textTable(header, rows), note, ...this.summary].join('\n'),
      'text/html':
        `<h4>${escapeHtml(this.title)}</h4>${htmlTable(header, rows)}<p>${escapeHtml(note)}</p>` +
        this.summary.map(sentence => `<p><strong>${escapeHtml(sentence)}</strong></p>`).join(''),
    };
  }

  /** What the Diebold-Mariano test says of the difference to naive. */
  #luck(score: Score, index: number): string {
    const test = dieboldMariano(score.losses, this.#naive(index).losses, score.steps);
    if (test === null) return '';
    const p = test.pValue < 0.001 ? 'p < 0.001' : `p = ${test.pValue.toFixed(test.pValue < 0.1 ? 3 : 2)}`;
    return test.pValue < 0.05 ? ` (${p})` : ` (which may be luck: ${p})`;
  }

  #naive(index: number): Score {
    return this.judged[0]?.scores[index] as Score;
  }

  #row(name: string, score: Score, index: number): string[] {
    const percent = (nominal: number) => {
      const interval = score.intervals.get(nominal);
      return interval === undefined ? '' : `${(100 * interval.coverage).toFixed(1)} %`;
    };
    return [
      name,
      score.steps === 1 ? '1' : `1–${score.steps}`,
      score.mae.toFixed(2),
      (score.mae / this.#naive(index).mae).toFixed(3),
      score.mase.toFixed(3),
      score.pinball?.toFixed(3) ?? '',
      percent(0.8),
      percent(0.95),
      score.intervals.get(0.8)?.width.toFixed(1) ?? '',
    ];
  }
}

function figures(score: Score, naive: Score): Record<string, number> {
  const {steps} = score;
  const coverage = [...score.intervals].map(([nominal, interval]) => [
    `coverage_${Math.round(100 * nominal)}_${steps}`,
    interval.coverage,
  ]);
  return {
    [`mae_${steps}`]: score.mae,
    [`mase_${steps}`]: score.mase,
    [`relative_mae_${steps}`]: score.mae / naive.mae,
    ...(score.pinball === null ? {} : {[`pinball_${steps}`]: score.pinball}),
    ...(Object.fromEntries(coverage) as Record<string, number>),
  };
}
