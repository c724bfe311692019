import {mkdir, mkdtemp, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testModels} from '../testing/models.js';
import {get, memoryMb, post, ready, startServer, until, type RunningServer} from '../testing/server.js';

const MODELS = 500;
const BODY = '{"inputs": {"number": [[1, 2]], "text": ["a"]}}';

let root: string;
let server: RunningServer | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-many-'));
});
afterAll(async () => {
  await server?.stop('SIGKILL');
  await rm(root, {recursive: true});
});

test(`${MODELS} models are served side by side, and one more comes and goes as if it were alone`, async () => {
  const source = join(await testModels(), 'mixed/1');
  const add = async (name: string): Promise<void> => {
    await mkdir(join(root, name));
    await symlink(source, join(root, name, '1'));
  };
  for (let i = 0; i < MODELS; i++) await add(`model-${i}`);
  const running = await startServer(`--model_root=${root}`);
  server = running;
  await until(
    () => get(`${running.url}/readyz`),
    ({status}) => status === 200,
    180_000,
  );
  const ask = async (name: string): Promise<number> =>
    (await post(`${running.url}/v1/models/${name}:predict`, BODY)).status;
  for (let i = 0; i < MODELS; i++) expect(await ask(`model-${i}`)).toBe(200);

  await add('late');
  await until(
    () => ask('late'),
    status => status === 200,
  );
  await rm(join(root, 'late'), {recursive: true});
  await until(
    () => ask('late'),
    status => status === 404,
  );
  await ready(running);
  // A server with one model takes some 300 MB of it.
  expect(await memoryMb(running)).toBeLessThan(500 + MODELS * 2);
}, 400_000);
