import {cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testModels} from '../testing/models.js';
import {get, post, ready, startServer, until, type Answer, type RunningServer} from '../testing/server.js';

let root: string;
let server: RunningServer;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-batching-'));
  await mkdir(join(root, 'models/half'), {recursive: true});
  const [models, recursive] = [await testModels(), true];
  await cp(join(models, 'saved_model_half_plus_two_cpu/00000123'), join(root, 'models/half/1'), {recursive});
  await cp(join(models, 'mixed'), join(root, 'models/mixed'), {recursive});
}, 180_000);
afterEach(() => server.stop('SIGKILL'));
afterAll(() => rm(root, {recursive: true}));

async function start(parameters: string | null, ...flags: string[]): Promise<void> {
  const batching: string[] = [];
  if (parameters !== null) {
    const file = join(root, 'batching.pbtxt');
    await writeFile(file, parameters);
    batching.push('--enable_batching', `--batching_parameters_file=${file}`);
  }
  server = await startServer(`--model_root=${join(root, 'models')}`, ...batching, ...flags);
  await ready(server);
}

/** A serialized tf.Example {x: value}. */
function example(value: number): string {
  const floats = Buffer.alloc(4);
  floats.writeFloatLE(value);
  const wrap = (field: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([field * 8 + 2, content.length]), content]);
  const feature = wrap(2, wrap(1, floats));
  return wrap(1, wrap(1, Buffer.concat([wrap(1, Buffer.from('x')), wrap(2, feature)]))).toString('base64');
}

const ask = (...examples: string[]): Promise<Answer> =>
  post(
    `${server.url}/v1/models/half:predict`,
    JSON.stringify({signature_name: 'regress_x_to_y', instances: examples.map(b64 => ({b64}))}),
  );
const BROKEN = Buffer.from('no example').toString('base64');

async function runs(): Promise<number> {
  const {text} = await get(`${server.url}/metrics`);
  return Number(/runtime_latency_count\S* (\d+)/.exec(text)?.[1] ?? 0);
}

test('requests that come together run together, each gets its own answer, and a bad one fails alone', async () => {
  await start(null);
  const values = Array.from({length: 200}, (_, i) => i);
  const runsForAll = async (): Promise<number> => {
    const before = await runs();
    const good = await Promise.all(values.map(value => ask(example(value))));
    good.forEach(({text}, i) => expect(JSON.parse(text)).toEqual({predictions: [[i / 2 + 2]]}));
    return (await runs()) - before;
  };
  // The first ones run alone, until it was seen that batches give the same answers.
  await until(runsForAll, needed => needed < values.length);
  const mixed = await Promise.all(values.map(value => ask(value % 20 === 7 ? BROKEN : example(value))));
  mixed.forEach(({status, text}, i) => {
    if (i % 20 === 7) expect([status, text]).toEqual([400, expect.stringContaining('parse')]);
    else expect(JSON.parse(text)).toEqual({predictions: [[i / 2 + 2]]});
  });
});

test('requests of other shapes than the signature has are refused by themselves, and fail none of those they came with', async () => {
  await start(null);
  const askMixed = (body: object): Promise<Answer> =>
    post(`${server.url}/v1/models/mixed:predict`, JSON.stringify(body));
  const good = (i: number): object => ({instances: [{number: [i, 1], text: 'a'}]});
  const bad = [
    {instances: [{number: [1, 2, 3], text: 'a'}]},
    {instances: [{number: 1, text: 'a'}]},
    {instances: [{number: [[1, 2]], text: 'a'}]},
    {instances: [{number: [1, 2], text: ['a', 'b']}]},
    {inputs: {number: [1, 2], text: ['a']}},
    {instances: [{number: ['x', 'y'], text: 'a'}]},
  ];
  const all = Array.from({length: 210}, (_, i) => (i % 3 === 1 ? bad[i % bad.length] : good(i)) as object);
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(all.map(askMixed));
    answers.forEach(({status, text}, i) => {
      if (i % 3 === 1) expect([i % bad.length, status]).toEqual([i % bad.length, 400]);
      else expect(JSON.parse(text)).toMatchObject({predictions: [{sum: i + 1}]});
    });
  }
});

test("batches are counted under TensorFlow Serving's names", async () => {
  await start(
    'max_batch_size { value: 4 } batch_timeout_micros { value: 0 } allowed_batch_sizes: 4 thread_pool_name { value: "p" }',
  );
  await ask(example(1), example(2), example(3));
  const {text} = await get(`${server.url}/metrics`);
  for (const line of [
    'wrapped_run_count{} 1',
    'input_batch_size_sum{} 3',
    'processed_batch_size_sum{} 4',
    'padding_size_sum{execution_batch_size="4"} 1',
    'queuing_latency_count{thread_pool_name="p"} 1',
  ]) {
    expect(text).toContain(`:tensorflow:serving:batching_session:${line}\n`);
  }
  expect(text).toContain('batching_session:queuing_latency_bucket{thread_pool_name="p",le="100"}');
});

test('fixed batching fills up a batch, splits a larger request, and gives every request its own rows', async () => {
  await start(
    `max_batch_size { value: 32 } batch_timeout_micros { value: 2000 } allowed_batch_sizes: 4 allowed_batch_sizes: 32
     enable_large_batch_splitting { value: true } max_execution_batch_size { value: 8 }`,
  );
  const asked = Array.from({length: 12}, (_, i) => Array.from({length: 1 + (i % 3)}, (_, j) => i * 10 + j));
  const answers = await Promise.all(asked.map(values => ask(...values.map(example))));
  answers.forEach(({text}, i) =>
    expect(JSON.parse(text)).toEqual({predictions: asked[i]?.map(value => [value / 2 + 2])}),
  );
  const many = Array.from({length: 19}, (_, i) => i);
  expect(JSON.parse((await ask(...many.map(example))).text)).toEqual({predictions: many.map(value => [value / 2 + 2])});
});

test("fixed batching refuses in TensorFlow Serving's words: a large request, a full queue, a time that ran out", async () => {
  await start(
    `max_batch_size { value: 4 } batch_timeout_micros { value: 60000000 } max_enqueued_batches { value: 1 }`,
    '--rest_api_timeout_in_ms=2000',
  );
  const five = await ask(...[1, 2, 3, 4, 5].map(example));
  expect([five.status, JSON.parse(five.text)]).toEqual([
    400,
    {error: 'Task size 5 is larger than maximum input batch size 4'},
  ]);
  const waits = ask(...[1, 2, 3].map(example));
  const refused = await ask(...[1, 2].map(example));
  // Whichever came second found the queue full; the other one's time ran out in it.
  const [full, late] = refused.status === 503 ? [refused, await waits] : [await waits, refused];
  expect([full.status, full.headers.get('retry-after'), JSON.parse(full.text)]).toEqual([
    503,
    '1',
    {error: 'The batch scheduling queue to which this task was submitted is full'},
  ]);
  expect([late.status, JSON.parse(late.text)]).toEqual([
    429,
    {error: 'Run() timeout exceeded while waiting in batching queue'},
  ]);
});

test('a model that computes over its batch gets each request alone, without anybody having to know', async () => {
  await cp(join(await testModels(), 'centred/1'), join(root, 'models/centred/1'), {recursive: true});
  try {
    await start(null);
    const askAll = async (): Promise<void> => {
      const answers = await Promise.all(
        Array.from({length: 100}, (_, i) =>
          post(`${server.url}/v1/models/centred:predict`, JSON.stringify({instances: [[i, -i]]})),
        ),
      );
      for (const {text} of answers) expect(JSON.parse(text)).toEqual({predictions: [[0, 0]]});
    };
    await askAll();
    await until(
      async () => server.log(),
      log => log.includes('centred/1: "serving_default" is not batched'),
    );
    await askAll();
  } finally {
    await rm(join(root, 'models/centred'), {recursive: true});
  }
});

test('requests that cannot be batched do not pile up either: what is too much is refused at once', async () => {
  server = await startServer(
    '--model_name=moody',
    `--model_base_path=${join(await testModels(), 'moody')}`,
    '--batching_max_queued_requests=4',
  );
  await ready(server);
  // Answers depend on the largest value of a batch: seen at the first request.
  const count = (turns: number): Promise<Answer> =>
    post(`${server.url}/v1/models/moody:predict`, `{"signature_name": "count", "instances": [${turns}]}`);
  expect((await count(3)).status).toBe(200);
  const answers = await Promise.all(Array.from({length: 40}, () => count(20_000)));
  const refused = answers.filter(({status}) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(4);
  for (const {status, text, headers} of refused) {
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(text).toContain('is full');
  }
  expect((await count(3)).status).toBe(200);
});
