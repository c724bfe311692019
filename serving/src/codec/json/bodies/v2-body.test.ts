import {parseV2Request} from './v2-body.js';

/** The same tensor with its datatype before its values, as clients send it, and behind them, where it is read value by value. */
function both(datatype: string, shape: readonly number[], data: string): [unknown, unknown] {
  const read = (fields: readonly string[]): unknown => {
    const body = Buffer.from(
      `{"inputs": [{"name": "x", "shape": ${JSON.stringify(shape)}, ${fields.join(', ')}}], "id": "a"}`,
    );
    try {
      const {inputs, id} = parseV2Request(body, body.length);
      return {x: inputs['x'], id};
    } catch (error) {
      return {error: (error as Error).message};
    }
  };
  const fields = [`"datatype": "${datatype}"`, `"data": ${data}`];
  return [read(fields), read(fields.toReversed())];
}

test('floats are read in one pass to the same bits as value by value, flat or nested', () => {
  const values = [0.1, -0, 3, 1e-7, 16777217, 123456789.125, -2.5e10];
  const many = Array.from({length: 500}, (_, i) => i / 7);
  for (const datatype of ['FP32', 'FP64']) {
    for (const [shape, data] of [
      [[7], JSON.stringify(values)],
      [[2, 3], '[[1.5, 2], [3, 4],\n [5, 6]]'],
      [[500], JSON.stringify(many)],
      [[1], '[-0.0]'],
      [[1], '[18446744073709551615]'],
      [[1], '[0.30000000000000004]'],
    ] as const) {
      const [scanned, plain] = both(datatype, shape, data);
      expect(scanned).toEqual(plain);
      expect(scanned).toHaveProperty('x.shape', shape);
    }
  }
});

test('what is wrong is told in the same words', () => {
  for (const [datatype, shape, data] of [
    ['FP32', [3], '[1, 2]'],
    ['FP32', [2], '[1, true]'],
    ['FP32', [2], '[1, "2"]'],
    ['FP32', [3], '[[1, 2], [3]]'],
    ['FP32', [1], '[]'],
    ['FP32', [1], '[1e999]'],
    ['FP32', [1], '[01]'],
    ['FP32', [2], '[1,, 2]'],
    ['FP16', [1], '[1]'],
    ['INT32', [1], '[1.0]'],
    ['INT64', [2], '[9007199254740993, -1]'],
  ] as const) {
    const [scanned, plain] = both(datatype, shape, data);
    // Positions in the text differ with the order of the fields.
    const text = (answer: unknown): string => JSON.stringify(answer, spell).replace(/\d+(?=\D*$)/, '');
    expect([datatype, data, text(scanned)]).toEqual([datatype, data, text(plain)]);
  }
});

const spell = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
