import fc from 'fast-check';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {
  createGraphSession,
  loadSavedModel,
  recordProfile,
  type HostTensor,
  type LoadedModel,
  type Step,
} from './index.js';
import {written} from './testing/cases.js';

type Inputs = Readonly<Record<string, HostTensor>>;

/** Ops as Ingot makes them of patterns, and op by op. */
let fused: LoadedModel;
let exact: LoadedModel;
let dir: string;

beforeAll(async () => {
  dir = await written('transformers.py');
  // Nothing is fused on a GPU.
  const onCpu = (exact: boolean) => loadSavedModel(dir, {exact, device: 'cpu'});
  [fused, exact] = await Promise.all([onCpu(false), onCpu(true)]);
}, 180_000);
afterAll(() => Promise.all([fused.dispose(), exact.dispose()]));

/** The same numbers for the same seed, about -2 to 2. */
function tensor(seed: number, ...shape: number[]): HostTensor {
  let state = seed * 7919 + 17;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const data = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, () => (next() + next() - 1) * 2);
  return {dtype: 'float32', shape, data};
}

function expectClose(given: Record<string, HostTensor>, wanted: Record<string, HostTensor>): void {
  expect(Object.keys(given)).toEqual(Object.keys(wanted));
  for (const [name, {shape, data}] of Object.entries(wanted)) {
    expect([name, given[name]?.shape]).toEqual([name, shape]);
    const values = given[name]?.data as Float32Array;
    const most = (data as Float32Array).reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 1);
    (data as Float32Array).forEach((value, i) => {
      const own = values[i] as number;
      const isClose = Object.is(own, value) || Math.abs(own - value) <= 1e-5 * most;
      if (!isClose) throw new Error(`${name}[${i}] is ${own} instead of ${value}; the largest is ${most}`);
    });
  }
}

/** What `run` gives, and Ingot's ops that ran meanwhile. */
async function opsOf<T>(run: () => Promise<T>): Promise<[T, string[]]> {
  const recording = recordProfile();
  let result: T;
  let profile: Buffer;
  try {
    result = await run();
  } finally {
    profile = Buffer.from(await recording.end());
  }
  return [result, ['IngotAttention', 'IngotLayerNorm', 'FusedMatMul'].filter(op => profile.includes(op))];
}

/** Runs both, compares them, and gives the ops of Ingot's that ran. */
async function compare(signature: string, inputs: Inputs): Promise<string[]> {
  const wanted = await exact.run(signature, inputs);
  const [given, ops] = await opsOf(() => fused.run(signature, inputs));
  expectClose(given, wanted);
  return ops;
}

const HEADS = ['1_16', '3_5', '8_4', '4_16'];
const width = (heads: string) => heads.split('_').reduce((product, part) => product * Number(part), 1);

test.each(HEADS)("Keras's attention with %s heads and depth is one op, at any length", async heads => {
  for (const [batch, rows] of [
    [2, 1],
    [1, 61],
    [5, 16],
    [33, 60],
  ] as const) {
    const x = tensor(rows, batch, rows, width(heads));
    expect(await compare(`heads_${heads}`, {x})).toContain('IngotAttention');
  }
  const x = tensor(1, 3, 61, width(heads));
  expect(await compare(`window_${heads}`, {x})).toEqual(expect.arrayContaining(['IngotAttention', 'FusedMatMul']));
  // Keras makes this mask of the scores' own shape: they have a reader inside.
  expect(await compare(`causal_${heads}`, {x: tensor(2, 2, 19, width(heads))})).not.toContain('IngotAttention');
});

test("attention to other rows, with a mask of Keras's", async () => {
  const x = tensor(1, 3, 17, 12);
  const to = tensor(2, 3, 5, 9);
  const mask: HostTensor = {
    dtype: 'bool',
    shape: [3, 17, 5],
    data: Uint8Array.from({length: 255}, (_, i) => (i % 3) & 1),
  };
  await compare('cross', {x, to, mask});
  // The weights are wanted, too.
  expect(await compare('scores', {x, to})).not.toContain('IngotAttention');
});

const size = fc.integer({min: 1, max: 20});
const length = fc.integer({min: 1, max: 70});
/** A size of a tensor that is repeated where it is 1. */
const repeated = (of: number) => fc.constantFrom(1, of);

/** With the sizes of 1 repeated: TensorFlow's own product of matrices under oneDNN writes where it may not when it repeats. */
function whole({dtype, shape, data}: HostTensor, batch: number, heads: number): HostTensor {
  const [b = 1, n = 1, ...matrix] = shape;
  const floats = matrix.reduce((product, count) => product * count, 1);
  const parts = Array.from({length: batch * heads}, (_, i) => {
    const from = ((b === 1 ? 0 : Math.floor(i / heads)) * n + (n === 1 ? 0 : i % heads)) * floats;
    return (data as Float32Array).subarray(from, from + floats);
  });
  return {dtype, shape: [batch, heads, ...matrix], data: Float32Array.from(parts.flatMap(part => [...part]))};
}

test('attention of any sizes, with whatever is repeated', async () => {
  const sizes = fc
    .tuple(fc.integer({min: 1, max: 5}), fc.integer({min: 1, max: 8}), length, length, size, length)
    .chain(([b, n, t, s, depth, columns]) =>
      fc.record({
        b: fc.constant(b),
        n: fc.constant(n),
        q: fc.tuple(repeated(b), repeated(n), fc.constant(t), fc.constant(depth)),
        k: fc.tuple(repeated(b), repeated(n), fc.constant(s), fc.constant(depth)),
        v: fc.tuple(fc.constant(b), fc.constant(n), fc.constant(s), fc.constant(columns)),
        mask: fc.tuple(repeated(b), repeated(n), repeated(t), repeated(s)),
      }),
    );
  await fc.assert(
    fc.asyncProperty(sizes, async ({b, n, q, k, v, mask}) => {
      const inputs = {q: tensor(1, ...q), k: tensor(2, ...k), v: tensor(3, ...v), mask: tensor(4, ...mask)};
      const all = {...inputs, q: whole(inputs.q, b, n), k: whole(inputs.k, b, n)};
      const [given, ops] = await opsOf(() => fused.run('heads', inputs));
      expect(ops).toContain('IngotAttention');
      expectClose(given, await exact.run('heads', all));
      const heads = (one: HostTensor): HostTensor => ({...one, shape: [b * n, ...one.shape.slice(2)]});
      const flat = {q: heads(all.q), k: heads(all.k), v: heads(all.v)};
      expect(await compare('no_heads', flat)).toContain('IngotAttention');
    }),
    {numRuns: 40},
  );
}, 120_000);

test('rows of heads that lie apart are read where they are', async () => {
  for (const [b, t, s, n, depth, columns] of [
    [2, 7, 9, 3, 5, 17],
    [1, 1, 1, 1, 1, 1],
    [4, 60, 33, 8, 16, 32],
  ] as const) {
    const inputs = {q: tensor(1, b, t, n, depth), k: tensor(2, b, s, n, depth), v: tensor(3, b, s, n, columns)};
    expect(await compare('turned', inputs)).toContain('IngotAttention');
  }
});

test('a mask of -inf, NaN and infinities go through as in TensorFlow', async () => {
  const inputs = {q: tensor(1, 2, 2, 6, 5), k: tensor(2, 2, 2, 21, 5), v: tensor(3, 2, 2, 21, 3)};
  const causal = Float32Array.from({length: 6 * 21}, (_, i) => (i % 21 > Math.floor(i / 21) ? -Infinity : 0));
  await compare('heads', {...inputs, mask: {dtype: 'float32', shape: [1, 1, 6, 21], data: causal}});
  for (const strange of [NaN, Infinity, -Infinity, 1e30, -1e30]) {
    const mask = {dtype: 'float32', shape: [1, 1, 6, 21], data: causal.slice().fill(strange, 63, 84)} as const;
    await compare('heads', {...inputs, mask});
    for (const name of ['q', 'k', 'v'] as const) {
      const data = (inputs[name].data as Float32Array).slice();
      data[7] = strange;
      await compare('heads', {...inputs, [name]: {...inputs[name], data}, mask: tensor(4, 1, 1, 1, 1)});
    }
    const x = tensor(5, 3, 7, 19);
    (x.data as Float32Array)[25] = strange;
    await compare('norm_both', {x});
  }
});

test('nothing in, nothing out; no keys give zeros', async () => {
  await compare('heads', {
    q: tensor(1, 0, 2, 3, 4),
    k: tensor(1, 0, 2, 5, 4),
    v: tensor(1, 0, 2, 5, 6),
    mask: tensor(1, 1, 1, 1, 1),
  });
  await compare('heads', {
    q: tensor(1, 2, 2, 0, 4),
    k: tensor(1, 2, 2, 5, 4),
    v: tensor(1, 2, 2, 5, 6),
    mask: tensor(1, 1, 1, 1, 1),
  });
  const none = {q: tensor(1, 1, 1, 3, 4), k: tensor(1, 1, 0, 3, 4), v: tensor(1, 1, 0, 3, 2)};
  const {y} = await fused.run('turned', none);
  expect(y?.data).toEqual(new Float32Array(6));
  await compare('heads_3_5', {x: tensor(1, 0, 9, 15)});
  await compare('norm_both', {x: tensor(1, 0, 7, 19)});
  await compare('dense_relu', {x: tensor(1, 0, 5, 13)});
  await compare('dense_relu_any', {x: tensor(1, 3, 0, 13)});
});

test('sizes that do not fit are refused, with the sizes', async () => {
  const inputs = {
    q: tensor(1, 1, 1, 3, 4),
    k: tensor(1, 1, 1, 5, 3),
    v: tensor(1, 1, 1, 5, 2),
    mask: tensor(1, 1, 1, 1, 1),
  };
  await expect(fused.run('heads', inputs)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('[1,1,5,3]'),
  });
});

test.each(['both', 'no_scale', 'no_center', 'neither'])("Keras's layer normalisation, %s: one op", async name => {
  for (const batch of [1, 5, 1000]) {
    expect(await compare(`norm_${name}`, {x: tensor(batch, batch, 7, 19)})).toEqual(['IngotLayerNorm']);
  }
});

test('what only looks like layer normalisation stays as it is', async () => {
  expect(await compare('norm_axes', {x: tensor(1, 4, 7, 19)})).toEqual([]);
  expect(await compare('not_rows', {x: tensor(1, 19, 19)})).toEqual([]);
});

/** Nodes of a graph, of which any may be asked for: what is asked for has a reader, and no pattern may swallow it. */
test.each([
  ['apart', 'IngotLayerNorm', ['mean', 'variance', 'inverse'], ['total']],
  ['centred', 'IngotLayerNorm', ['mean', 'variance', 'inverse'], ['total']],
  ['attention', 'IngotAttention', ['scores', 'scaled', 'weights'], ['mixed']],
])('%s: whichever inner values are asked for beside it', async (name, op, inner, outer) => {
  const graph = await readFile(join(dir, `${name}.pb`));
  const sessions = [createGraphSession(graph), createGraphSession(graph, {exact: true})] as const;
  const wanted = fc.tuple(fc.subarray(inner), fc.subarray(outer), fc.boolean());
  await fc.assert(
    fc.asyncProperty(wanted, size, size, async ([inside, beside, whole], batch, rows) => {
      const fetches = [...(whole ? ['y'] : []), ...inside, ...beside];
      fc.pre(fetches.length > 0);
      const inputs: Inputs =
        name === 'attention'
          ? {
              ...{q: tensor(1, batch, rows, 3, 5), k: tensor(2, batch, 11, 3, 5)},
              ...{v: tensor(3, batch, 11, 3, 7), mask: tensor(4, 3, 1, 11)},
            }
          : {x: tensor(1, batch, rows, 19), more: tensor(2, batch, rows, 19)};
      const step = {feeds: Object.keys(inputs), fetches};
      const [given, exactly] = sessions.map(session => session.prepare(step));
      const [{fetched}, ops] = await opsOf(() => (given as Step).run(Object.values(inputs)));
      const expected = await (exactly as Step).run(Object.values(inputs));
      expectClose(Object.fromEntries(fetched.entries()), Object.fromEntries(expected.fetched.entries()));
      expect(ops.includes(op)).toBe(inside.length === 0 && (whole || beside.includes('mixed')));
    }),
    {numRuns: 40},
  );
  await Promise.all(sessions.map(session => session.dispose()));
});

test.each(['linear', 'relu', 'tanh'])("Keras's dense layer over an axis more, %s: one op", async activation => {
  for (const batch of [1, 32]) {
    expect(await compare(`dense_${activation}`, {x: tensor(batch, batch, 5, 13)})).toContain('FusedMatMul');
    expect(await compare(`dense_${activation}_any`, {x: tensor(batch, batch, 9, 13)})).toContain('FusedMatMul');
  }
});

test('several sessions and runs at once give the same', async () => {
  const others = await Promise.all([1, 2].map(threads => loadSavedModel(dir, {threads, device: 'cpu'})));
  const x = tensor(9, 8, 61, 64);
  const {y} = await fused.run('window_4_16', {x});
  const all = await Promise.all([fused, ...others, ...others, fused].map(model => model.run('window_4_16', {x})));
  for (const other of all) expect(other['y']?.data).toEqual(y?.data);
  await Promise.all(others.map(model => model.dispose()));
});

test('a run past its deadline ends between fused ops, too', async () => {
  const x = tensor(9, 600, 61, 64);
  await expect(fused.run('window_4_16', {x}, {deadlineMs: 5})).rejects.toMatchObject({code: 'DEADLINE_EXCEEDED'});
  expect((await fused.run('window_4_16', {x})).y?.shape).toEqual([600, 61, 64]);
});
