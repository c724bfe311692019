import {encodeTensors} from '../codec/predict-proto.js';
import {WireWriter} from '../codec/wire.js';

/** Values of a row that the echo model answers. */
export const ROW_VALUES = 16;
const SIDE = 4;

/** The shapes of a row, by signature: flat, and nested as an image is. */
export const SHAPES = {serving_default: [ROW_VALUES], image: [SIDE, SIDE, 1]};

const row = (spell: (i: number) => number): number[] => Array.from({length: ROW_VALUES}, (_, i) => spell(i));
/** What clients send: prices, shares of one, signed numbers and whole ones. */
const ROWS = [
  row(i => Number((2000 + 100 * Math.sin(i)).toFixed(2))),
  row(i => Math.fround(Math.abs(Math.sin(i)))),
  row(i => Math.fround(5 * Math.cos(i))),
  row(i => i),
];

/** Bytes of HTTP/1.1 requests: in rows and by column; flat and nested. */
export function restRequests(model: string): Buffer[] {
  const bodies = ROWS.flatMap(values => [
    {instances: [values]},
    {signature_name: 'image', instances: [imageOf(values)]},
    {inputs: [values]},
  ]);
  return bodies.map(body => request(model, JSON.stringify(body)));
}

/** Serialized PredictRequests: flat and nested, as raw bytes and as lists. */
export function grpcRequests(model: string): Buffer[] {
  return ROWS.flatMap(values =>
    Object.entries(SHAPES).flatMap(([signatureName, shape]) =>
      [true, false].map(asContent => {
        const writer = new WireWriter();
        encodeTensors(
          writer,
          2,
          {x: {dtype: 'float32', shape: [1, ...shape], data: Float32Array.from(values)}},
          asContent,
        );
        return writer.message(1, spec => spec.text(3, signatureName).text(1, model)).finish();
      }),
    ),
  );
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
