import {join} from 'node:path';
import {testModels} from './testing/models.js';
import {enginePid, post, ready, startServerWith, until, type RunningServer} from './testing/server.js';

let server: RunningServer;
afterEach(() => server.stop('SIGKILL'));

test('who reads the logs may go: the server and its engines go on', async () => {
  const folder = join(await testModels(), 'saved_model_half_plus_two_cpu');
  // TensorFlow writes lines of its own when an engine starts.
  const talkative = {TF_CPP_MIN_LOG_LEVEL: '0'};
  server = await startServerWith(talkative, '--model_name=half', `--model_base_path=${folder}`, '--access_log');
  await ready(server);
  server.process.stdout?.destroy();
  server.process.stderr?.destroy();
  const status = async (): Promise<number> =>
    (await post(`${server.url}/v1/models/half:predict`, '{"inputs": 2}')).status;
  expect(await status()).toBe(200);
  const engine = await enginePid(server);
  process.kill(engine, 'SIGKILL');
  expect(await until(status, code => code === 200)).toBe(200);
  await ready(server);
  const next = await enginePid(server);
  expect(next).not.toBe(engine);
  for (let i = 0; i < 5; i++) expect(await status()).toBe(200);
  expect(await enginePid(server)).toBe(next);
  expect(await server.stop()).toBe(0);
}, 180_000);
