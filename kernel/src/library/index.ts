import {compile} from '@ingot/tensorflow';

// Every model of a notebook trains, evaluates and predicts as a graph; one line says where one cannot.
compile.install();

export {forecastChart, type ForecastChart, type ForecastChartOptions} from './charts/forecast-chart.js';
export {dataset} from './data/index.js';
export {deployable, type Deployable} from './deploy/deployable.js';
export {show} from './display/show.js';
export {backtest, type BacktestOptions, type Forecaster} from './forecast/backtest.js';
export {pinballLoss} from './forecast/pinball.js';
export {returnScaling} from './forecast/scaling.js';
export * as layers from './layers/index.js';
export {train} from './training/train.js';
