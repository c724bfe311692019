import {cp, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, type GoldenSamples} from '@ingot/tensorflow/contract';
import {temporaryFolder} from '../../testing/fixtures.js';
import {pythonModels} from '../../testing/python-models.js';
import {replayInChild} from './replay.js';

const golden = (y: number, dtype = 'float32'): GoldenSamples => ({
  formatVersion: 1,
  tolerance: {absolute: 1e-5, relative: 1e-5},
  samples: [
    {
      signature: 'serving_default',
      inputs: {x: {dtype, shape: [1, 3], values: [1, 2, 3]}},
      outputs: {y: {dtype: 'float32', shape: [1, 1], values: [y]}},
    },
  ],
});

let models: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  models = await pythonModels();
  folder = await temporaryFolder();
}, 180_000);
afterAll(() => folder.remove());

async function withGolden(name: string, samples: GoldenSamples): Promise<string> {
  const dir = path.join(folder.path, `${name}-${Math.random()}`);
  await cp(path.join(models, name), dir, {recursive: true});
  await mkdir(path.join(dir, 'assets.extra'), {recursive: true});
  await writeFile(path.join(dir, EXTRA_FILES.golden), JSON.stringify(samples));
  return dir;
}

test('a model of Python answers as it did there, and its signature is told', async () => {
  const {report, signatures} = await replayInChild(await withGolden('honest-variables', golden(12)), 60_000);
  expect(report).toMatchObject({samples: 1, mismatches: []});
  expect(signatures['serving_default']?.inputs['x']).toMatchObject({dtype: 'float32', shape: [-1, 3]});
});

test('a processor replays, whose answers do not depend on the machine, whatever computes elsewhere', async () => {
  const before = process.env['INGOT_DEVICE'];
  process.env['INGOT_DEVICE'] = 'gpu';
  try {
    const {report} = await replayInChild(await withGolden('honest', golden(6)), 60_000);
    expect(report).toMatchObject({samples: 1, mismatches: []});
  } finally {
    if (before === undefined) delete process.env['INGOT_DEVICE'];
    else process.env['INGOT_DEVICE'] = before;
  }
});

test('another answer is told with both values', async () => {
  await expect(replayInChild(await withGolden('honest', golden(7)), 60_000)).rejects.toThrow(
    /otherwise than in the notebook. Golden sample 1, output "y": value 0 is 6, the notebook had 7/,
  );
});

test("a sample of another dtype is told in TensorFlow's terms", async () => {
  await expect(replayInChild(await withGolden('honest', golden(6, 'float64')), 60_000)).rejects.toThrow(/float64/);
});

test('damaged variables are found', async () => {
  const dir = await withGolden('honest-variables', golden(12));
  await writeFile(path.join(dir, 'variables', 'variables.data-00000-of-00001'), Buffer.alloc(12));
  await expect(replayInChild(dir, 60_000)).rejects.toThrow(/does not run outside the notebook/);
});

test('a graph that never ends is ended', async () => {
  await expect(replayInChild(await withGolden('hangs', golden(6)), 4000)).rejects.toThrow(/took more than 4 s/);
});

test('a process that dies is told with its signal, and a worker that stops ends it', async () => {
  const stop = new AbortController();
  const replay = replayInChild(await withGolden('hangs', golden(6)), 60_000, stop.signal);
  setTimeout(() => stop.abort(new Error('the worker stops')), 200);
  await expect(replay).rejects.toThrow('the worker stops');
});
