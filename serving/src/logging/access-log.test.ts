import type {RequestEvent} from '../metrics/metrics.js';
import {accessLine} from './access-log.js';

const event: RequestEvent = {
  entrypoint: 'REST',
  api: 'predict',
  model: 'gold"\n',
  code: 'NOT_FOUND',
  micros: 1234.5678,
};

test('a request is one line, whatever its client calls the model', () => {
  const time = new Date(0);
  expect(accessLine(event, 'text', time)).toBe(
    '1970-01-01T00:00:00.000Z REST predict "gold\\"\\n" - NOT_FOUND 1.235ms',
  );
  expect(JSON.parse(accessLine(event, 'json', time))).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    entrypoint: 'REST',
    api: 'predict',
    model: 'gold"\n',
    version: '',
    code: 'NOT_FOUND',
    ms: 1.235,
  });
  expect(accessLine(event, 'json', time)).not.toContain('\n');
});
