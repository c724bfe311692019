import {execFile} from 'node:child_process';
import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {tf} from '@ingot/tensorflow';
import {train} from './train.js';

let home: string;
const saved = {...process.env};
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ingot-resume-'));
  process.env['INGOT_HOME'] = home;
  process.env['INGOT_LOGS_DIR'] = join(home, 'logs');
});
afterEach(async () => {
  process.env = {...saved};
  await rm(home, {recursive: true});
});

const SCRIPT = `
  import {tf} from '@ingot/tensorflow';
  import {train} from '${new URL('./train.js', import.meta.url).href}';
  const layer = tf.layers.dense({units: 1, inputShape: [1], kernelInitializer: 'zeros'});
  const model = tf.sequential({layers: [layer]});
  model.compile({optimizer: tf.train.adam(0.05), loss: 'meanSquaredError'});
  const x = tf.linspace(-1, 1, 64).reshape([64, 1]);
  const y = x.mul(3).add(1);
  const [epochs, killAt] = process.argv.slice(2).map(Number);
  const die = new tf.CustomCallback({onEpochBegin: async epoch => { if (epoch === killAt) process.kill(process.pid, 'SIGKILL'); }});
  const options = {name: 'line', x, y, validation: {x, y}, epochs, shuffle: false, checkpointSeconds: 0, resume: true};
  const run = await train(model, {...options, callbacks: [die]});
  const weights = model.getWeights().map(weight => weight.dataSync()[0]);
  console.log(JSON.stringify({weights, loss: run.loss, validation: run.validationLoss, run: run.run}));
`;

interface Result {
  readonly weights: number[];
  readonly loss: number[];
  readonly validation: number[];
}

/** Trains in a process of its own, which may be killed. */
async function trainApart(folder: string, epochs: number, killAt: number): Promise<Result> {
  // Beside this file, where Node finds the packages.
  const script = new URL(`./resume-${process.pid}.mjs`, import.meta.url).pathname;
  await writeFile(script, SCRIPT);
  try {
    const env = {...process.env, INGOT_HOME: folder, INGOT_LOGS_DIR: join(folder, 'logs'), NODE_OPTIONS: ''};
    const {stdout} = await promisify(execFile)(process.execPath, [script, String(epochs), String(killAt)], {env});
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
  } finally {
    await rm(script);
  }
}

test('a training whose process is killed goes on from its checkpoint, to the same numbers as one that was not', async () => {
  const whole = await trainApart(join(home, 'whole'), 8, -1);
  const broken = join(home, 'broken');
  await expect(trainApart(broken, 8, 5)).rejects.toMatchObject({signal: 'SIGKILL'});
  const resumed = await trainApart(broken, 8, -1);
  expect(resumed.loss).toHaveLength(8);
  expect(resumed.loss).toEqual(whole.loss);
  expect(resumed.validation).toEqual(whole.validation);
  expect(resumed.weights).toEqual(whole.weights);
  expect(await readdir(join(broken, 'checkpoints'))).toEqual([]);
  expect(await readdir(join(broken, 'logs/line'))).toHaveLength(1);
}, 120_000);

const line = (units: number) => {
  const model = tf.sequential({layers: [tf.layers.dense({units, inputShape: [1]})]});
  model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
  return model;
};
const x = tf.ones([8, 1]);
const options = {name: 'line', x, y: x, checkpointSeconds: 0};

/** Stops a training after its second epoch, as a full memory or a bug in a callback would. */
const failing = () =>
  new tf.CustomCallback({
    onEpochBegin: async (epoch: number) => {
      if (epoch === 2) throw new Error('the callback failed');
    },
  });

test("another model's checkpoint is not put into this one", async () => {
  await expect(train(line(1), {...options, callbacks: [failing()]})).rejects.toThrow('the callback failed');
  const model = line(2);
  const before = model.getWeights().map(weight => Array.from(weight.dataSync()));
  await expect(train(model, {...options, y: tf.ones([8, 2]), resume: true})).rejects.toThrow("is another model's");
  expect(model.getWeights().map(weight => Array.from(weight.dataSync()))).toEqual(before);
});

test("a damaged checkpoint is refused by its path, and without resume it stands in nobody's way", async () => {
  await train(line(1), {...options, epochs: 1});
  await expect(train(line(1), {...options, callbacks: [failing()]})).rejects.toThrow('the callback failed');
  const [file = ''] = await readdir(join(home, 'checkpoints'));
  await writeFile(join(home, 'checkpoints', file), 'no checkpoint at all');
  await expect(train(line(1), {...options, resume: true})).rejects.toThrow(/line\.checkpoint is no checkpoint: /);
  expect((await train(line(1), {...options, epochs: 1})).epochs).toBe(1);
});
