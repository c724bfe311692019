import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readBack} from './read-back.js';
import {SummaryWriter} from './writer.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'ingot-tensorboard-'))));
afterEach(() => rmSync(directory, {recursive: true}));

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('TensorBoard reads every kind of summary while the file is still open', () => {
  const writer = new SummaryWriter(directory);
  writer.scalar('loss', 0.5, 1);
  writer.scalars({loss: 0.25, accuracy: 1}, 2);
  writer.histogram('weights', Float32Array.of(0, 1, 2, 3), 7, 3);
  writer.text('note', '**gold**', 0);
  writer.image('plot', {width: 1, height: 1, encoded: PNG}, 0);
  const {values} = readBack(directory);
  expect(values['loss']).toEqual({
    plugin: 'scalars',
    points: [
      [1, 0.5],
      [2, 0.25],
    ],
  });
  expect(values['accuracy']?.points).toEqual([[2, 1]]);
  expect(values['weights']).toEqual({
    plugin: 'histograms',
    points: [
      [
        7,
        [
          [0, 1, 1],
          [1, 2, 1],
          [2, 3, 2],
        ],
      ],
    ],
  });
  expect(values['note']).toEqual({plugin: 'text', points: [[0, Buffer.from('**gold**').toString('base64')]]});
  expect(values['plot']?.plugin).toBe('images');
  expect((values['plot']?.points[0]?.[1] as string[])[2]).toBe(PNG.toString('base64'));
  writer.close();
});

test('writers of one folder share a file, unless it was deleted to begin anew', () => {
  const first = new SummaryWriter(directory);
  const second = new SummaryWriter(`${directory}/.`);
  expect(second.path).toBe(first.path);
  second.close();
  first.scalar('loss', 1, 1);
  expect(() => second.scalar('loss', 2, 2)).toThrow('is closed: make a new writer to go on');
  rmSync(directory, {recursive: true});
  const anew = new SummaryWriter(directory);
  anew.scalar('loss', 3, 3);
  first.close();
  const beside = new SummaryWriter(directory);
  beside.scalar('loss', 4, 4);
  expect(readBack(directory).values['loss']?.points).toEqual([
    [3, 3],
    [4, 4],
  ]);
  expect(readdirSync(directory)).toHaveLength(1);
  anew.close();
  beside.close();
});

test('a trainer that is killed loses nothing that it wrote', () => {
  const module = new URL('./writer.js', import.meta.url).href;
  const script = `
    const {SummaryWriter} = await import(${JSON.stringify(module)});
    const writer = new SummaryWriter(${JSON.stringify(directory)});
    for (let step = 0; step < 100; step++) writer.scalar('loss', step, step);
    process.kill(process.pid, 'SIGKILL');`;
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', script])).toThrow();
  expect(readBack(directory).values['loss']?.points).toHaveLength(100);
});

test('a record that was cut short hides none of those before it, and a new writer goes on', () => {
  const crashed = new SummaryWriter(directory, {now: () => 1000});
  crashed.scalar('loss', 1, 0);
  crashed.close();
  appendFileSync(crashed.path, Buffer.from([24, 0, 0, 0]));
  const resumed = new SummaryWriter(directory, {now: () => 2000});
  resumed.scalar('loss', 0.5, 1);
  resumed.close();
  expect(readBack(directory).values['loss']?.points).toEqual([
    [0, 1],
    [1, 0.5],
  ]);
});

test('a step that is not a whole number is refused with its tag', () => {
  const writer = new SummaryWriter(directory);
  expect(() => writer.scalar('loss', 1, 0.5)).toThrow('The step of "loss" is 0.5: it must be a whole number');
  writer.close();
});

test('a closed writer says so', () => {
  const writer = new SummaryWriter(directory);
  writer.close();
  writer.close();
  expect(() => writer.scalar('loss', 1, 1)).toThrow('is closed');
});
