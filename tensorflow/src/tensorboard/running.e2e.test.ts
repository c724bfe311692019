import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {python, readBack} from './read-back.js';

const TRAINER = fileURLToPath(new URL('../testing/train-with-tensorboard.js', import.meta.url));
const START = fileURLToPath(new URL('../../../scripts/python/start_tensorboard.py', import.meta.url));

let logs: string;
let url: string;
const children = new Set<ChildProcessWithoutNullStreams>();

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), 'ingot-tensorboard-'));
  const options = ['--host=127.0.0.1', '--port=0', '--reload_interval=1', '--load_fast=false'];
  const board = start(python, [START, `--logdir=${logs}`, ...options]);
  url = (await printed(board, /at (http:\S+)\//)) as string;
}, 120_000);
afterAll(async () => {
  await Promise.all([...children].map(stop));
  rmSync(logs, {recursive: true});
});

function start(command: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(command, args, {env: {...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '3'}});
  children.add(child);
  return child;
}

/** Ends a process without a chance to close anything. */
function stop(child: ChildProcessWithoutNullStreams): Promise<unknown> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  return ended;
}

/** Resolves with the first group, as soon as the process has printed the pattern on either stream. */
function printed(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let text = '';
    const look = (chunk: Buffer) => {
      text += chunk.toString();
      const found = pattern.exec(text);
      if (found) resolve(found[1]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', () => reject(new Error(`It ended after printing ${text}`)));
  });
}

async function get<T>(path: string, body?: object): Promise<T> {
  const answer = await fetch(`${url}/data/${path}`, {
    ...(body && {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json'}}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Asks again until TensorBoard, which looks at the files every second, has what is asked for. */
async function until<T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    await new Promise(resolve => setTimeout(resolve, 250));
  }
}

type Point = readonly [time: number, step: number, value: number];
const scalars = (run: string, tag: string): Promise<readonly Point[]> =>
  get<readonly Point[]>(`plugin/scalars/scalars?run=${encodeURIComponent(run)}&tag=${tag}`).catch(() => []);
const tags = (plugin: string) => get<Record<string, object>>(`plugin/${plugin}/tags`);

test('TensorBoard shows a training while it runs, after it was killed, and when it goes on', async () => {
  const trainer = start(process.execPath, [TRAINER, join(logs, 'run')]);
  await printed(trainer, /^1$/m);
  const early = await until(
    () => scalars('run/train', 'batch_loss'),
    points => points.length > 0,
  );
  await until(
    () => scalars('run/train', 'batch_loss'),
    points => points.length > early.length,
  );
  // What others write into the same folder is seen as it grows too, and hides nothing that comes later.
  for (const tag of ['from_the_start', 'from_the_epoch', 'batch_loss']) {
    const before = await until(
      () => scalars('run/train', tag),
      points => points.length > 0,
    );
    await until(
      () => scalars('run/train', tag),
      points => points.length > before.length + 1,
    );
  }
  expect(trainer.exitCode).toBeNull();

  const scalarTags = await until(
    () => tags('scalars'),
    found => 'run/validation' in found,
  );
  expect(Object.keys(scalarTags['run/train'] ?? {}).sort()).toEqual([
    'batch_loss',
    'batch_mae',
    'epoch_learning_rate',
    'epoch_loss',
    'epoch_mae',
    'from_the_epoch',
    'from_the_start',
    'profile/step_ms',
  ]);
  expect(Object.keys(scalarTags['run/validation'] ?? {}).sort()).toEqual(['epoch_loss', 'epoch_mae']);
  for (const plugin of ['histograms', 'distributions']) {
    expect(Object.keys((await tags(plugin))['run/train'] ?? {})).toEqual(
      expect.arrayContaining([
        'weights/hidden/kernel',
        'gradients/chances/bias',
        'activations/hidden',
        'profile/step_ms_of_batches',
      ]),
    );
  }
  expect(await tags('images')).toMatchObject({'run/train': {pixels: {samples: 1}}});
  expect(await tags('text')).toMatchObject({'run/train': ['note']});
  expect(await tags('pr_curves')).toMatchObject({'run/train': {chances: {}}});
  expect(await get('plugin/projector/runs')).toEqual(['run/train']);
  expect(await get('plugin/graphs/info')).toMatchObject({'run/train': {run_graph: true}});
  const session = await get<{sessionGroups: object[]}>('plugin/hparams/session_groups', {
    experimentName: '',
    allowedStatuses: ['STATUS_UNKNOWN', 'STATUS_SUCCESS', 'STATUS_FAILURE', 'STATUS_RUNNING'],
    colParams: [{hparam: 'units'}, {metric: {group: 'validation', tag: 'epoch_mae'}}],
    startIndex: 0,
    sliceSize: 10,
  });
  expect(session.sessionGroups).toMatchObject([
    {hparams: {units: 16, optimizer: 'adam', learning_rate: 0.01}, sessions: [{name: 'run'}]},
  ]);

  await stop(trainer);
  const written = readBack(join(logs, 'run/train')).values['batch_loss']?.points ?? [];
  const last = written.at(-1)?.[0] as number;
  const resumed = start(process.execPath, [TRAINER, join(logs, 'run'), `${last + 1}`]);
  const all = await until(
    () => scalars('run/train', 'batch_loss'),
    points => (points.at(-1)?.[1] ?? 0) > last,
  );
  await stop(resumed);
  const steps = all.map(([, step]) => step);
  expect(steps.slice(0, last + 2)).toEqual(Array.from({length: last + 2}, (_, step) => step));

  const traces = readdirSync(join(logs, 'run/train')).filter(name => name.endsWith('.trace.json'));
  expect(traces).toHaveLength(2);
  const text = readFileSync(join(logs, 'run/train', traces.sort()[0] as string), 'utf8');
  const events = JSON.parse(`${text.slice(0, text.lastIndexOf(',\n'))}]`) as {name: string; dur: number; ts: number}[];
  expect(events.map(({name}) => name)).toEqual(
    expect.arrayContaining(['step 0', 'epoch 1', 'validation and callbacks']),
  );
  expect(Math.min(...events.map(({dur}) => dur))).toBeGreaterThanOrEqual(0);
}, 240_000);
