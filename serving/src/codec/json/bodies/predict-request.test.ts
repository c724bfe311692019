import type {Dtype, HostTensor, SignatureSpec} from '@ingot/tensorflow/session';
import fc from 'fast-check';
import {StatusError} from '../../../status/status.js';
import type {PredictBody} from './predict-body.js';
import {parseWithCare} from './predict-request.js';
import {scanPredictRequest} from '../scan/predict-scan.js';

const signature = (inputs: Record<string, Dtype>): SignatureSpec => ({
  methodName: '',
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([name, dtype]) => [name, {dtype, shape: null, tensorName: `${name}:0`}]),
  ),
  outputs: {},
});

/** What can be compared: typed arrays by their bits, so that -0 and NaN count. */
function bits(body: PredictBody): unknown {
  return {
    ...body,
    inputs: Object.fromEntries(Object.entries(body.inputs).map(([name, tensor]) => [name, tensorBits(tensor)])),
  };
}

function tensorBits({dtype, shape, data}: HostTensor): unknown {
  const values = Array.isArray(data)
    ? data.map(value => Buffer.from(value).toString('hex'))
    : Buffer.from(
        (data as Float32Array).buffer,
        (data as Float32Array).byteOffset,
        (data as Float32Array).byteLength,
      ).toString('hex');
  return {dtype, shape, values};
}

function outcome(text: string, spec: SignatureSpec): unknown {
  try {
    return bits(parseWithCare(Buffer.from(text), () => spec));
  } catch (error) {
    if (error instanceof StatusError) return error.toString();
    throw error;
  }
}

const numberText = fc.oneof(
  fc.double({noNaN: true, noDefaultInfinity: true}).map(String),
  fc.float({noNaN: true, noDefaultInfinity: true}).map(String),
  fc.integer().map(String),
  fc.bigInt({min: -(2n ** 63n), max: 2n ** 64n - 1n}).map(String),
  fc.tuple(fc.bigInt({min: 0n, max: 10n ** 24n}), fc.integer({min: -40, max: 40})).map(([m, e]) => `${m}e${e}`),
  fc.tuple(fc.bigInt({min: 0n, max: 10n ** 22n}), fc.bigInt({min: 0n, max: 10n ** 9n})).map(([m, f]) => `${m}.${f}`),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '-0.0',
    '1e999',
    '01',
    '1.',
    '.5',
    '-',
    'NaN',
    'Infinity',
    '1E5',
    '1e+5',
    '2147483648',
  ),
);

function nested(leaf: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(fc.integer({min: 1, max: 4}), {maxLength: 3}).chain(shape => {
    const size = shape.reduce((product, n) => product * n, 1);
    return fc.array(leaf, {minLength: size, maxLength: size}).map(leaves => {
      let level = leaves;
      for (const n of [...shape].reverse()) {
        const grouped: string[] = [];
        for (let i = 0; i < level.length; i += n) grouped.push(`[${level.slice(i, i + n).join(' , ')}]`);
        level = grouped;
      }
      return level.join(',');
    });
  });
}

const DTYPES: Dtype[] = ['float32', 'float64', 'int32', 'uint8', 'int64', 'uint64', 'uint32', 'bool', 'string', 'half'];
const dtype = fc.constantFrom(...DTYPES);
const leaf = fc.oneof(
  {weight: 6, arbitrary: numberText},
  {weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null', '{"b64": "aGk="}', '{}')},
  {weight: 1, arbitrary: fc.string().map(text => JSON.stringify(text))},
);

const body = fc.oneof(
  nested(leaf).map(value => `{"inputs": ${value}}`),
  fc.array(nested(leaf), {maxLength: 4}).map(rows => `{"instances":[${rows.join(',')}]}`),
  nested(leaf).map(value => `{"signature_name": "s","instances" :[${value}]}`),
  fc
    .array(fc.tuple(nested(leaf), nested(leaf)), {maxLength: 3})
    .map(rows => `{"instances":[${rows.map(([a, b]) => `{"a":${a},"b":${b}}`).join(',')}]}`),
  fc.tuple(nested(leaf), nested(leaf)).map(([a, b]) => `{"inputs":{"a":${a},"b":${b}}}`),
);

const agrees = (text: string, spec: SignatureSpec): void => {
  let scanned: PredictBody | null = null;
  try {
    scanned = scanPredictRequest(Buffer.from(text), () => spec);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
  // The scanner may leave any body to the careful parser; what it takes, it must read the same.
  if (scanned !== null) expect(bits(scanned)).toEqual(outcome(text, spec));
};

test('what the scanner reads is what the careful parser reads', () => {
  fc.assert(
    fc.property(body, dtype, dtype, fc.boolean(), (text, first, second, two) => {
      agrees(text, signature(two ? {a: first, b: second} : {a: first}));
    }),
    {numRuns: 5000},
  );
});

test('broken bodies are never read as something', () => {
  const broken = fc
    .tuple(body, fc.nat(), fc.constantFrom('', ',', '[', ']', '{', '}', '"', '.', 'e', '-', ' ', '\\'))
    .map(([text, at, insert]) => {
      const where = at % (text.length + 1);
      return text.slice(0, where) + insert + text.slice(where + (insert === '' ? 1 : 0));
    });
  fc.assert(
    fc.property(broken, dtype, (text, first) => agrees(text, signature({a: first}))),
    {numRuns: 5000},
  );
});

test('every number is the nearest float32 or float64 to its text', () => {
  const decimal = fc
    .tuple(fc.boolean(), fc.bigInt({min: 0n, max: 10n ** 20n}), fc.integer({min: -45, max: 40}))
    .map(([minus, digits, power]) => `${minus ? '-' : ''}${digits}e${power}`);
  fc.assert(
    fc.property(decimal, text => {
      for (const [kind, round] of [
        ['float32', Math.fround],
        ['float64', (x: number) => x],
      ] as const) {
        const request = scanPredictRequest(Buffer.from(`{"instances":[${text}]}`), () => signature({x: kind}));
        expect(request?.inputs['x']?.data[0]).toBe(round(Number(text)));
      }
    }),
    {numRuns: 20_000},
  );
});

test('500,000 nested lists are refused, not a stack overflow', () => {
  const text = `{"instances":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
  expect(outcome(text, signature({x: 'float32'}))).toMatch(/^INVALID_ARGUMENT/);
});
