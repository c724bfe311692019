import {DATA_CLASS, encodeHParamsPlugin, type SummaryValue} from './messages.js';
import {floats} from './summary.js';

/** A setting of a training that one may want to compare runs by. */
export type HParam = string | number | boolean;

/** A curve that the table of runs shows the last value of: the run below the session's folder, and the tag. */
export interface HParamMetric {
  readonly group?: string;
  readonly tag: string;
}

const STATUS = {success: 1, failure: 2} as const;
const TYPES = {string: 1, boolean: 2, number: 3} as const;

/** What the HParams dashboard needs at the start of a session (a training): settings, and which metrics to show. */
export function sessionStart(
  hparams: Readonly<Record<string, HParam>>,
  metrics: readonly HParamMetric[],
  startTimeSecs: number,
): SummaryValue[] {
  const hparamInfos = Object.entries(hparams).map(([name, value]) => ({
    name,
    type: TYPES[typeof value as keyof typeof TYPES],
  }));
  const metricInfos = metrics.map(({group = '', tag}) => ({
    name: {group, tag},
    displayName: group === '' ? tag : `${group} ${tag}`,
  }));
  const values = Object.fromEntries(
    Object.entries(hparams).map(([name, value]) => [
      name,
      {[`${typeof value}Value`.replace('boolean', 'bool')]: value},
    ]),
  );
  return [
    hparamsValue('_hparams_/experiment', {experiment: {hparamInfos, metricInfos}}),
    hparamsValue('_hparams_/session_start_info', {sessionStartInfo: {hparams: values, startTimeSecs}}),
  ];
}

/** Ends a session; one that does not end is shown as running. */
export function sessionEnd(status: keyof typeof STATUS, endTimeSecs: number): SummaryValue {
  return hparamsValue('_hparams_/session_end_info', {sessionEndInfo: {status: STATUS[status], endTimeSecs}});
}

function hparamsValue(tag: string, data: object): SummaryValue {
  return {
    tag,
    tensor: floats([], 0),
    metadata: {pluginData: {pluginName: 'hparams', content: encodeHParamsPlugin(data)}, dataClass: DATA_CLASS.tensor},
  };
}
