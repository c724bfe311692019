import {QUANTILES, askForecast, liveVersion, readForecast} from './forecast.js';

const values = QUANTILES.map(quantile => 2_000 + 100 * quantile);

function answering(status: number, body: string): typeof fetch {
  return () => Promise.resolve(new Response(body, {status}));
}

test('an answer becomes days', () => {
  expect(readForecast(200, {predictions: [[values, values]]})).toEqual([
    {day: 1, values},
    {day: 2, values},
  ]);
});

test("the server's refusal is shown in its own words", async () => {
  const text = 'Servable not found for request: Latest(gold)';
  await expect(askForecast([1], answering(404, JSON.stringify({error: text})))).rejects.toThrow(`(404): ${text}`);
});

test.each([
  ['no JSON', 'Bad Gateway', 'holds no forecast'],
  ['another model', '{"predictions": [[1, 2, 3]]}', 'Day 1'],
  ['not finite', JSON.stringify({predictions: [[values.map(() => null)]]}), 'Day 1'],
])('an answer that is no gold forecast is refused: %s', async (_, body, text) => {
  await expect(askForecast([1], answering(200, body))).rejects.toThrow(text);
});

test('a server that is away is said to be', async () => {
  await expect(askForecast([1], () => Promise.reject(new TypeError('refused')))).rejects.toThrow('does not answer');
});

test('the live version is the highest that is available', async () => {
  const version = (number: string, state: string) => ({version: number, state});
  const status = {
    model_version_status: [version('10', 'LOADING'), version('9', 'AVAILABLE'), version('2', 'AVAILABLE')],
  };
  expect(await liveVersion(answering(200, JSON.stringify(status)))).toBe('9');
  expect(await liveVersion(answering(404, '{"error": "none"}'))).toBeNull();
});
