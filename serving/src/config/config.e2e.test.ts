import {once} from 'node:events';
import {cp, mkdir, mkdtemp, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {Client, Metadata, credentials} from '@grpc/grpc-js';
import {servingType} from '../codec/inference-proto.js';
import {writeRecords} from '../codec/tf-record.js';
import {testModels} from '../testing/models.js';
import {get, post, ready, startServer, states, until, type RunningServer} from '../testing/server.js';

let models: string;
let folder: string;
let server: RunningServer | undefined;

beforeAll(async () => {
  models = await testModels();
}, 180_000);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-config-'));
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  await rm(folder, {recursive: true});
});

const entry = (name: string, path: string, more = ''): string =>
  `config { name: "${name}" base_path: "${path}" model_platform: "tensorflow" ${more} }`;
const list = (...entries: string[]): string => `model_config_list { ${entries.join('\n')} }`;
const both = 'model_version_policy { all {} }';

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

test('a config file with labels is served from the start, is followed when it changes, and a bad one changes nothing', async () => {
  const file = join(folder, 'models.config');
  const half = join(models, 'saved_model_half_plus_two_2_versions');
  await writeFile(file, list(entry('a', half, `${both} version_labels { key: "stable" value: 123 }`)));
  server = await startServer(`--model_config_file=${file}`, '--model_config_file_poll_wait_seconds=0.2');
  await ready(server);
  const ask = (path: string): Promise<string> =>
    post(`${server?.url}/v1/models/${path}:predict`, '{"inputs": 2}').then(({text}) => text);
  expect(JSON.parse(await ask('a/labels/stable'))).toEqual({outputs: 3});
  expect(await states(server, 'a')).toEqual({123: 'AVAILABLE', 124: 'AVAILABLE'});
  await replace(file, 'nonsense {');
  await until(
    async () => server?.log() ?? '',
    log => log.includes('is not used'),
  );
  expect(JSON.parse(await ask('a/labels/stable'))).toEqual({outputs: 3});
  await replace(file, list(entry('b', join(models, 'saved_model_half_plus_three'))));
  await until(
    () => get(`${server?.url}/v1/models/a`),
    ({status}) => status === 404,
  );
  await until(
    () => states(server as RunningServer, 'b'),
    found => found['123'] === 'AVAILABLE',
  );
  expect(JSON.parse(await ask('b'))).toEqual({outputs: 4});
});

type Reload = (config: object[]) => Promise<string>;

/** Reloads over gRPC; gives the details of the error, or OK. */
async function withReload(address: string, work: (reload: Reload) => Promise<void>): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const type = servingType('ReloadConfigRequest');
  const asIs = (bytes: Buffer): Buffer => bytes;
  try {
    await work(
      config =>
        new Promise(resolve => {
          const message = Buffer.from(type.encode(type.fromObject({config: {model_config_list: {config}}})).finish());
          const path = '/tensorflow.serving.ModelService/HandleReloadConfigRequest';
          client.makeUnaryRequest(path, asIs, asIs, message, new Metadata(), error => resolve(error?.details ?? 'OK'));
        }),
    );
  } finally {
    client.close();
  }
}

test('a reload over gRPC answers when the new model is loaded, and then what is left out is gone', async () => {
  const half = join(models, 'saved_model_half_plus_two_2_versions');
  const {url, grpcAddress} = (server = await startServer('--model_name=a', `--model_base_path=${half}`));
  await ready(server);
  await withReload(grpcAddress, async reload => {
    const model = {model_platform: 'tensorflow'};
    const a = {...model, name: 'a', base_path: half, version_labels: {stable: 124}};
    const b = {...model, name: 'b', base_path: join(models, 'saved_model_half_plus_three')};
    expect(await reload([a, {...b, base_path: pathToFileURL(b.base_path).href}])).toBe('OK');
    expect((await post(`${url}/v1/models/b:predict`, '{"inputs": 2}')).status).toBe(200);
    expect((await post(`${url}/v1/models/a/labels/stable:predict`, '{"inputs": 2}')).status).toBe(200);
    // Another version, and the label with it: both are there when it is answered.
    const specific = {model_version_policy: {specific: {versions: [123]}}, version_labels: {stable: 123}};
    expect(await reload([{...a, ...specific}])).toBe('OK');
    expect((await post(`${url}/v1/models/b:predict`, '{"inputs": 2}')).status).toBe(404);
    const {headers} = await post(`${url}/v1/models/a/labels/stable:predict`, '{"inputs": 2}');
    expect(headers.get('ingot-model-version')).toBe('123');
  });
});

test('a reload that is refused changes nothing: not the models, not the labels, not what is logged', async () => {
  const half = join(models, 'saved_model_half_plus_two_2_versions');
  const {url, grpcAddress} = (server = await startServer('--model_name=a', `--model_base_path=${half}`));
  await ready(server);
  await withReload(grpcAddress, async reload => {
    const model = {model_platform: 'tensorflow'};
    const logged = {
      logging_config: {
        log_collector_config: {filename_prefix: join(folder, 'log')},
        sampling_config: {sampling_rate: 1},
      },
    };
    const a = {...model, name: 'a', base_path: half, version_labels: {stable: 124}};
    const b = {...model, name: 'b', base_path: join(models, 'saved_model_half_plus_three')};
    const c = {...model, name: 'c', base_path: join(folder, 'none')};
    expect(await reload([a])).toBe('OK');
    expect(await reload([{...a, ...logged, version_labels: {stable: 7}}, b])).toBe(
      'Request to assign label to version 7 of model a, which is not currently available for inference',
    );
    expect(await reload([{...b, ...logged}, c])).toContain('{name: c} has no version');
    await writeFile(join(folder, 'file'), '');
    const nowhere = {log_collector_config: {filename_prefix: join(folder, 'file/log')}};
    expect(await reload([b, {...a, logging_config: nowhere}])).toContain('file/log');
    expect((await post(`${url}/v1/models/a/labels/stable:predict`, '{"inputs": 2}')).status).toBe(200);
    expect(await states(server as RunningServer, 'a')).toMatchObject({124: 'AVAILABLE'});
    expect((await get(`${url}/v1/models/b`)).status).toBe(404);
    expect((await get(`${url}/readyz`)).status).toBe(200);
    expect(await readdir(folder)).toEqual(['file']);
  });
});

test('one model whose folder is missing stops no other', async () => {
  const file = join(folder, 'models.config');
  await writeFile(
    file,
    list(entry('gone', join(folder, 'none')), entry('b', join(models, 'saved_model_half_plus_three'))),
  );
  server = await startServer(`--model_config_file=${file}`);
  await until(
    () => states(server as RunningServer, 'b'),
    found => found['123'] === 'AVAILABLE',
  );
  expect((await get(`${server.url}/v1/models/gone`)).status).toBe(404);
  expect((await get(`${server.url}/readyz`)).status).toBe(503);
  expect(JSON.parse((await get(`${server.url}/v1/models`)).text)).toMatchObject({
    models: [{name: 'b'}, {name: 'gone'}],
  });
});

test('warm-up records run before a version answers; one that fails keeps it out', async () => {
  const type = servingType('PredictionLog');
  const log = (x: object): Buffer => {
    const request = {model_spec: {name: 'a'}, inputs: {x}};
    return Buffer.from(type.encode(type.fromObject({predict_log: {request}})).finish());
  };
  const good = log({dtype: 1, tensor_shape: {dim: [{size: 1}]}, float_val: [2]});
  const bad = log({dtype: 7, tensor_shape: {dim: [{size: 1}]}, string_val: [Buffer.from('x')]});
  for (const [version, file] of [
    [1, writeRecords([good])],
    [2, writeRecords([good, bad])],
    [3, Buffer.from('rubbish!')],
  ] as const) {
    const place = join(folder, 'a', String(version));
    await cp(join(models, 'saved_model_half_plus_three/00000123'), place, {recursive: true});
    await mkdir(join(place, 'assets.extra'), {recursive: true});
    await writeFile(join(place, 'assets.extra/tf_serving_warmup_requests'), file);
  }
  const config = join(folder, 'models.config');
  await writeFile(config, list(entry('a', join(folder, 'a'), both)));
  server = await startServer(`--model_config_file=${config}`);
  const found = await until(
    () => states(server as RunningServer, 'a'),
    all => all['1'] === 'AVAILABLE' && all['2'] === 'END' && all['3'] === 'END',
  );
  expect(found).toEqual({1: 'AVAILABLE', 2: 'END', 3: 'END'});
  const {text} = await get(`${server.url}/v1/models/a`);
  expect(text).toContain('to be float but string is provided');
  expect(text).toContain('Please verify your warmup data is in TFRecord format.');
});

test('a sender that is too slow gets 408, and others are answered meanwhile', async () => {
  server = await startServer(
    '--model_name=b',
    `--model_base_path=${models}/saved_model_half_plus_three`,
    '--rest_api_request_timeout_in_ms=1500',
  );
  await ready(server);
  const {port, hostname} = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write('POST /v1/models/b:predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{');
  const drip = setInterval(() => socket.write(' '), 200);
  let reply = '';
  try {
    expect((await post(`${server.url}/v1/models/b:predict`, '{"inputs": 2}')).status).toBe(200);
    for await (const chunk of socket) reply += String(chunk);
  } catch (error) {
    // The drip may meet a closed connection; what matters came before.
    expect((error as NodeJS.ErrnoException).code).toMatch(/EPIPE|ECONNRESET/);
  } finally {
    clearInterval(drip);
  }
  expect(reply).toMatch(/^HTTP\/1\.1 408 /);
});

test('others are answered while a huge body is read', async () => {
  server = await startServer('--model_name=b', `--model_base_path=${models}/saved_model_half_plus_three`);
  await ready(server);
  const {port, hostname} = new URL(server.url);
  const half = 3_500_000;
  const body = `{"inputs": ${'['.repeat(half)}${']'.repeat(half)}}`;
  const socket = connect(Number(port), hostname);
  let reply = '';
  socket.on('data', chunk => (reply += String(chunk)));
  const head = `POST /v1/models/b:predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
  await new Promise<void>(resolve => socket.write(head + body, () => resolve()));
  for (let i = 0; i < 3; i++) expect((await get(`${server.url}/livez`)).status).toBe(200);
  expect(reply).toBe('');
  await once(socket, 'close');
  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
}, 60_000);

test('an unknown flag and nothing to serve end the process with a reason', async () => {
  await expect(startServer('--modle_root=/x')).rejects.toThrow('unknown argument: --modle_root=/x');
  await expect(startServer()).rejects.toThrow('Nothing to serve: give --model_root');
  await expect(startServer('--model_base_path=s3://bucket/gold')).rejects.toThrow('mount the bucket, or sync it');
});
