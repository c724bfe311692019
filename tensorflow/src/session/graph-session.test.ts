import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createGraphSession, loadGraphSession, nativeTensor, type GraphSession, type HostTensor} from './index.js';
import {floats, writeModels} from './testing/cases.js';

let dir: string;
let graphDef: Uint8Array;
let session: GraphSession;

beforeAll(async () => {
  ({dir} = await writeModels());
  graphDef = await readFile(join(dir, 'training.pb'));
}, 120_000);
beforeEach(() => {
  session = createGraphSession(graphDef);
});
afterEach(() => session.dispose());

const x: HostTensor = {dtype: 'float32', shape: [2], data: floats(1, 2)};

test('state in the session: variables are initialised, changed by targets, and read', async () => {
  await session.prepare({feeds: [], targets: ['initialize']}).run([]);
  const train = session.prepare({feeds: ['x'], fetches: ['loss'], targets: ['update']});
  expect((await train.run([x])).fetched[0]?.data).toEqual(floats(5));
  expect(train.runSync([x]).fetched[0]?.data).toEqual(floats(5));
  const read = session.prepare({feeds: [], fetches: ['read:0']});
  expect(read.runSync([]).fetched[0]?.data).toEqual(floats(2, 4));
});

test('state outside: kept tensors go from one run into the next without leaving TensorFlow', async () => {
  const step = session.prepare({feeds: ['state', 'x'], fetches: ['loss'], keep: ['next']});
  let state = nativeTensor({dtype: 'float32', shape: [2], data: floats(0, 0)});
  for (let i = 0; i < 5; i++) {
    const {kept} = i % 2 === 0 ? await step.run([state, x]) : step.runSync([state, x]);
    state.dispose();
    state = kept[0] as typeof state;
  }
  expect(state).toMatchObject({dtype: 'float32', shape: [2], byteLength: 8});
  expect(state.toHost()).toEqual({dtype: 'float32', shape: [2], data: floats(5, 10)});
  state.dispose();
  state.dispose();
  expect(() => state.toHost()).toThrow('the tensor was disposed of');
  await expect(step.run([state, x])).rejects.toMatchObject({code: 'FAILED_PRECONDITION'});
});

test("numbers below the smallest normal one count as zero on every thread, as on TensorFlow's own", async () => {
  const step = session.prepare({feeds: ['state', 'x'], fetches: ['next']});
  const feeds: HostTensor[] = [
    {dtype: 'float32', shape: [2], data: floats(1e-39, 1)},
    {dtype: 'float32', shape: [2], data: floats(0, 0)},
  ];
  const results = [step.runSync(feeds), step.runSync(feeds, true), await step.run(feeds)];
  for (const {fetched} of results) expect(fetched[0]?.data).toEqual(floats(0, 1));
});

test('a kept tensor may be disposed of while a run reads it', async () => {
  const step = session.prepare({feeds: ['state', 'x'], fetches: ['next']});
  const state = nativeTensor({dtype: 'float32', shape: [2], data: floats(7, 7)});
  const run = step.run([state, x]);
  state.dispose();
  expect((await run).fetched[0]?.data).toEqual(floats(8, 9));
});

test('kept string tensors come to the host whole', () => {
  const data = [Buffer.from('x'.repeat(100)), new Uint8Array(0)];
  const tensor = nativeTensor({dtype: 'string', shape: [2], data});
  expect(tensor.toHost().data).toEqual([new Uint8Array(data[0] as Buffer), new Uint8Array(0)]);
  tensor.dispose();
});

test('names that the graph does not have are refused when a step is prepared', () => {
  expect(() => session.prepare({feeds: ['nothing']})).toThrow('the graph has no node "nothing"');
  expect(() => session.prepare({feeds: [], fetches: ['x:1']})).toThrow('the node "x" has 1 outputs; there is no "x:1"');
  expect(() => session.prepare({feeds: [], fetches: ['x:one']})).toThrow('"x:one" is not the name of a tensor');
  expect(() => session.prepare({feeds: [], targets: ['nothing']})).toThrow('the graph has no node "nothing"');
});

test('a wrong number of feeds is refused', async () => {
  const step = session.prepare({feeds: ['x'], fetches: ['x']});
  await expect(step.run([])).rejects.toThrow('the step has 1 feeds, but was given 0');
  expect(() => step.runSync([x, x])).toThrow('the step has 1 feeds, but was given 2');
});

test("TensorFlow's own refusal keeps its code and message, and the session goes on", async () => {
  const step = session.prepare({feeds: ['state', 'x'], fetches: ['next']});
  const three = {dtype: 'float32', shape: [3], data: floats(1, 2, 3)} as const;
  await expect(step.run([three, x])).rejects.toMatchObject({
    name: 'TensorFlowError',
    code: 'INVALID_ARGUMENT',
    number: 3,
    message: expect.stringContaining('Incompatible shapes: [3] vs. [2]'),
  });
  expect((await step.run([x, x])).fetched[0]?.data).toEqual(floats(2, 4));
});

test('many runs at once each get their own answer', async () => {
  const step = session.prepare({feeds: ['state', 'x'], fetches: ['next']});
  const runs = Array.from({length: 500}, (_, i) =>
    step.run([{dtype: 'float32', shape: [2], data: floats(i, 2 * i)}, x]).then(({fetched}) => fetched[0]?.data),
  );
  expect(await Promise.all(runs)).toEqual(runs.map((_, i) => floats(i + 1, 2 * i + 2)));
});

test('bytes that are no graph are refused', async () => {
  const junk = new TextEncoder().encode('no graph at all');
  expect(() => createGraphSession(junk)).toThrow(expect.objectContaining({code: 'INVALID_ARGUMENT'}));
  await expect(loadGraphSession(junk)).rejects.toMatchObject({code: 'INVALID_ARGUMENT'});
});

test('options: threads are checked and a session with its own pool computes the same', async () => {
  expect(() => createGraphSession(graphDef, {threads: 0})).toThrow(
    'threads is 0; it must be a whole number from 1 to 4096',
  );
  const own = createGraphSession(graphDef, {threads: {intra: 1, inter: 1}, device: 'cpu'});
  const {fetched} = await own.prepare({feeds: ['state', 'x'], fetches: ['next']}).run([x, x], {deadlineMs: 10_000});
  expect(fetched[0]?.data).toEqual(floats(2, 4));
  await own.dispose();
});
