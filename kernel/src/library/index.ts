/**
 * What a notebook imports: `import * as ingot from 'ingot'`. Data with its source, forecasting windows, training with a live
 * chart, honest backtests, and the Deploy button. TensorFlow.js itself is imported as ever.
 */
import {compile} from '@ingot/tensorflow';

// Every model of a notebook trains, evaluates and predicts as a graph; one line says where one cannot.
compile.install();

export {encodeImage, SummaryWriter, tensorBoard, type TensorBoardOptions} from '@ingot/tensorflow';
export {ForecastChart, forecastChart, type ForecastChartOptions} from './charts/forecast-chart.js';
export {Dataset} from './data/dataset.js';
export {dataset, type NamedOptions} from './data/index.js';
export type {FileOptions} from './data/open-file.js';
export type {Period, PeriodName, WindowOptions, Windows} from './data/period.js';
export type {Provenance} from './data/provenance.js';
export {Series} from './data/series.js';
export type {SeriesData} from './data/series-data.js';
export type {DateSplit, ShareSplit} from './data/split-rows.js';
export {Deployable, deployable} from './deploy/deployable.js';
export type {
  DeployableSpec,
  ForecastOutput,
  ImageInput,
  InputPort,
  LabelsOutput,
  OutputPort,
  SeriesInput,
  TensorPort,
} from './deploy/spec.js';
export {show} from './display/show.js';
export {backtest, type BacktestOptions, type Forecaster} from './forecast/backtest.js';
export type {BacktestReport, Judged} from './forecast/backtest-report.js';
export type {Score} from './forecast/metrics.js';
export {mirrored} from './forecast/mirrored.js';
export {pinballLoss} from './forecast/pinball.js';
export {ReturnScaling, returnScaling, type ScalingOptions} from './forecast/scaling.js';
export {StandardScaling, standardScaling} from './forecast/standard-scaling.js';
export * as layers from './layers/index.js';
export {DataError} from './table/data-error.js';
export type {DateOrder} from './table/dates.js';
export type {Missing} from './table/missing.js';
export {Table, type ColumnType, type Columns, type Schema} from './table/table.js';
export type {Examples, ExampleStream, TrainOptions, TrainSettings} from './training/options.js';
export {train} from './training/train.js';
export type {TrainingRun} from './training/training-run.js';
