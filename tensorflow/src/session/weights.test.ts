import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {loadFrozenGraph, loadGraphSession, type HostTensor, type LoadedModel} from './index.js';
import {written} from './testing/cases.js';

type Name = 'large_1' | 'large_2' | 'small';

let dir: string;
let answers: Record<Name, number[]>;
beforeAll(async () => {
  dir = await written('weights.py');
  answers = JSON.parse(await readFile(join(dir, 'cases.json'), 'utf8')) as typeof answers;
}, 180_000);

const load = (name: Name, exact = false): Promise<LoadedModel> =>
  loadFrozenGraph(join(dir, `${name}.pb`), {inputs: {x: 'x:0'}, outputs: {y: 'y:0'}, device: 'cpu', exact});

function rows(width: number): {x: HostTensor} {
  const data = Float32Array.from({length: 3 * width}, (_, i) => (i % width) % 5);
  return {x: {dtype: 'float32', shape: [3, width], data}};
}

test('large constants give what they give in TensorFlow, in several sessions with the same names at once', async () => {
  const names = ['large_1', 'large_2', 'large_1'] as const;
  for (const exact of [false, true]) {
    const models = await Promise.all(names.map(name => load(name, exact)));
    for (const [i, name] of names.entries()) {
      const {y} = (await models[i]?.run('serving_default', rows(640))) ?? {};
      expect(y).toEqual({dtype: 'float32', shape: [3, 600], data: Float32Array.from(answers[name])});
      // The others go on.
      await models[i]?.dispose();
    }
  }
});

test('a large constant can be asked for and be given by its name', async () => {
  const session = await loadGraphSession(await readFile(join(dir, 'large_1.pb')), {device: 'cpu'});
  const {fetched} = await session.prepare({feeds: [], fetches: ['w', 'table:0']}).run([]);
  expect(fetched.map(({shape}) => shape)).toEqual([
    [640, 600],
    [4000, 600],
  ]);
  expect([...(fetched[0]?.data as Float32Array).subarray(0, 5)]).toEqual([-3, -2, -1, 0, 1]);
  const given: HostTensor = {dtype: 'float32', shape: [640, 600], data: new Float32Array(384_000)};
  const step = session.prepare({feeds: ['x', 'w'], fetches: ['read']});
  expect((await step.run([rows(640).x, given])).fetched[0]?.data).toEqual(given.data);
  await session.dispose();
});

test('memory of large constants comes back with their session', async () => {
  const round = async (): Promise<void> => (await load('large_1')).dispose();
  for (let i = 0; i < 5; i++) await round();
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 40; i++) await round();
  // 13 MB each.
  expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(200);
});

test('a dense layer of small constants answers as op by op', async () => {
  const [model, exact] = await Promise.all([load('small'), load('small', true)]);
  const {y} = await model.run('serving_default', rows(40));
  expect([...(y?.data as Float32Array)]).toEqual(answers.small);
  expect((await exact.run('serving_default', rows(40)))['y']).toEqual(y);
  await Promise.all([model.dispose(), exact.dispose()]);
});

test('a graph with a circle of nodes that pass a large constant on is refused, and nothing ends', async () => {
  const graph = await readFile(join(dir, 'circle.pb'));
  await expect(loadGraphSession(graph, {device: 'cpu'})).rejects.toThrow(/'passed'/);
});
