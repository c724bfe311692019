import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Client, Metadata, credentials, status} from '@grpc/grpc-js';
import {testModels} from './testing/models.js';
import {get, post, ready, startServer, until, type RunningServer} from './testing/server.js';

const TOKEN = 'a-token-of-the-tests';
const HALF = 'saved_model_half_plus_two_cpu';

let folder: string;
let file: string;
let server: RunningServer | undefined;

beforeAll(testModels, 180_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-token-'));
  file = join(folder, 'token');
  await writeFile(file, `${TOKEN}\n`);
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  await rm(folder, {recursive: true});
});

const bearer = (token: string): Record<string, string> => ({authorization: `Bearer ${token}`});

/** The code of a call. */
function call(address: string, path: string, token: string | null): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (token !== null) metadata.set('authorization', `Bearer ${token}`);
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise<string>(resolve =>
    client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), metadata, error =>
      resolve(status[error?.code ?? status.OK] ?? ''),
    ),
  ).finally(() => client.close());
}

test('with --api_token_file nobody without the token gets anything but health, by either door', async () => {
  const {url, grpcAddress} = (server = await startServer(
    `--model_root=${await testModels()}`,
    `--api_token_file=${file}`,
  ));
  await ready(server);
  const predict = (headers: Record<string, string>): ReturnType<typeof post> =>
    post(`${url}/v1/models/${HALF}:predict`, '{"inputs": 2}', headers);
  const refused = await predict({});
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(JSON.parse(refused.text)).toEqual({error: expect.stringContaining('wants its token')});
  expect((await predict(bearer('another-token-of-one'))).status).toBe(401);
  expect((await predict(bearer(TOKEN))).status).toBe(200);
  for (const path of ['metrics', 'docs', 'v1/models', `v2/models/${HALF}`]) {
    expect([path, (await get(`${url}/${path}`)).status]).toEqual([path, 401]);
    expect([path, (await get(`${url}/${path}`, bearer(TOKEN))).status]).toEqual([path, 200]);
  }
  for (const path of ['livez', 'readyz?verbose', 'v2/health/ready']) {
    expect([path, (await get(`${url}/${path}`)).status]).toEqual([path, 200]);
  }
  const reload = '/tensorflow.serving.ModelService/HandleReloadConfigRequest';
  expect(await call(grpcAddress, reload, null)).toBe('UNAUTHENTICATED');
  expect(await call(grpcAddress, reload, 'another-token-of-one')).toBe('UNAUTHENTICATED');
  expect(await call(grpcAddress, reload, TOKEN)).toBe('INVALID_ARGUMENT');
  expect(await call(grpcAddress, '/grpc.health.v1.Health/Check', null)).toBe('OK');
}, 60_000);

test('a token that can be guessed is refused at the start', async () => {
  await writeFile(file, 'short');
  await expect(startServer('--model_root=/', `--api_token_file=${file}`)).rejects.toThrow('at least 16 characters');
});

test('--access_log writes a line for each request of both doors, --log_format=json makes all lines JSON', async () => {
  const {url, grpcAddress, output, log} = (server = await startServer(
    `--model_root=${await testModels()}`,
    '--access_log',
    '--log_format=json',
  ));
  await ready(server);
  await post(`${url}/v1/models/${HALF}:predict`, '{"inputs": 2}');
  await call(grpcAddress, '/tensorflow.serving.PredictionService/Predict', null);
  await until(
    async () => output().split('\n').length,
    count => count === 3,
  );
  const [rest, grpc] = output()
    .split('\n')
    .slice(0, 2)
    .map(line => JSON.parse(line) as object);
  expect(rest).toMatchObject({entrypoint: 'REST', api: 'predict', model: HALF, version: '123', code: 'OK'});
  expect(grpc).toMatchObject({entrypoint: 'GRPC', api: 'Predict', model: '', version: '', code: 'INVALID_ARGUMENT'});
  const own = log()
    .split('\n')
    .filter(line => line.includes('is AVAILABLE'));
  expect(own.map(line => (JSON.parse(line) as {level: string}).level)).toContain('info');
}, 60_000);
