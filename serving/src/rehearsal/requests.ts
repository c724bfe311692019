/** Values of a row that the echo model answers. */
export const ROW_VALUES = 16;
const SIDE = 4;

/** The shapes of a row, by signature: flat, and nested as an image is. */
export const SHAPES = {serving_default: [ROW_VALUES], image: [SIDE, SIDE, 1]};

/** What clients send: prices, shares of one, signed numbers and whole ones; in rows and by column; flat and nested. */
export function requestsTo(model: string): Buffer[] {
  const row = (spell: (i: number) => number): number[] => Array.from({length: ROW_VALUES}, (_, i) => spell(i));
  const rows = [
    row(i => Number((2000 + 100 * Math.sin(i)).toFixed(2))),
    row(i => Math.fround(Math.abs(Math.sin(i)))),
    row(i => Math.fround(5 * Math.cos(i))),
    row(i => i),
  ];
  const bodies = rows.flatMap(values => [
    {instances: [values]},
    {signature_name: 'image', instances: [imageOf(values)]},
    {inputs: [values]},
  ]);
  return bodies.map(body => request(model, JSON.stringify(body)));
}

function imageOf(values: readonly number[]): number[][][] {
  return Array.from({length: SIDE}, (_, line) => values.slice(line * SIDE, (line + 1) * SIDE).map(value => [value]));
}

function request(model: string, body: string): Buffer {
  const head = [
    `POST /v1/models/${model}:predict HTTP/1.1`,
    'Host: localhost',
    'Accept: */*',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
