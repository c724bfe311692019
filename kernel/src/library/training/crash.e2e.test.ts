import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {TestKernel} from '../../testing/client.js';

const MODEL = `
  import * as tf from '@tensorflow/tfjs-node';
  import * as ingot from 'ingot';
  const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1], kernelInitializer: 'zeros'})]});
  model.compile({optimizer: tf.train.adam(0.05), loss: 'meanSquaredError'});
  const x = tf.linspace(-1, 1, 64).reshape([64, 1]);
  const y = x.mul(3).add(1);
  const tell = new tf.CustomCallback({onEpochEnd: async (epoch, logs) => console.log(\`epoch \${epoch} \${logs?.loss}\`)});
  const options = {name: 'line', x, y, validation: {x, y}, callbacks: [tell], patience: 1e6, checkpointSeconds: 0, resume: true};
`;

let folder: string;
let kernel: TestKernel;
const start = async () => {
  const env = {INGOT_HOME: folder, INGOT_LOGS_DIR: join(folder, 'logs')};
  kernel = await TestKernel.start({folder, env});
  expect((await kernel.execute(MODEL)).reply).toMatchObject({status: 'ok'});
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingot-crash-'));
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, {recursive: true, force: true});
});

/** What the callback prints by epoch. */
function losses(text: string): number[] {
  return [...text.matchAll(/^epoch \d+ (.+)$/gm)].map(([, loss]) => Number(loss));
}

test('a kernel that dies in the middle of a training loses at most an epoch', async () => {
  await start();
  let printed = '';
  void kernel.execute('await ingot.train(model, {...options, epochs: 1_000_000})');
  // The third line: the checkpoints of the epochs before it are on disk.
  while (losses(printed).length < 3) {
    const {content} = await kernel.next('stream');
    printed += String(content['text']);
  }
  kernel.process.kill('SIGKILL');
  await kernel.ended;
  await kernel.stop();
  const before = losses(printed);

  await start();
  const epochs = before.length + 300;
  const code = `const run = await ingot.train(model, {...options, epochs: ${epochs}, checkpointSeconds: 100}); console.log(JSON.stringify(run.loss))`;
  const {reply, stdout} = await kernel.execute(code);
  expect(reply).toMatchObject({status: 'ok'});
  const loss = JSON.parse(/^\[.*\]$/m.exec(stdout)?.[0] ?? '') as number[];
  expect(loss).toHaveLength(epochs);
  expect(loss.slice(0, 2)).toEqual(before.slice(0, 2));
  // It went on, and did not start anew.
  expect(losses(stdout).length).toBeLessThan(epochs - 1);
  expect(readdirSync(join(folder, 'checkpoints'))).toEqual([]);
  expect(readdirSync(join(folder, 'logs/line'))).toHaveLength(1);
}, 120_000);
