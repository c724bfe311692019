import type {LogFormat} from '../log.js';
import type {RequestEvent} from '../metrics/metrics.js';

/** One request in one line. Clients choose the names of models: whatever they hold, a line stays one line. */
export function accessLine(event: RequestEvent, format: LogFormat, time: Date): string {
  const {entrypoint, api, model, answeredBy, code, micros} = event;
  const version = answeredBy === undefined ? '' : String(answeredBy.version);
  const ms = Number((micros / 1000).toFixed(3));
  if (format === 'json') return JSON.stringify({time: time.toISOString(), entrypoint, api, model, version, code, ms});
  return [time.toISOString(), entrypoint, api || '-', JSON.stringify(model), version || '-', code, `${ms}ms`].join(' ');
}
