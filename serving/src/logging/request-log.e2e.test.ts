import {execFile} from 'node:child_process';
import {cp, mkdir, mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {PYTHON, testModels} from '../testing/models.js';
import {get, post, ready, startServer, until, type RunningServer} from '../testing/server.js';
import {RecordFile} from './record-file.js';

const run = promisify(execFile);
const READER = fileURLToPath(new URL('../../testing/read_request_log.py', import.meta.url));
const REFLECTION_CLIENT = fileURLToPath(new URL('../../testing/reflection_client.py', import.meta.url));
const HALF = 'saved_model_half_plus_two_cpu';

let folder: string;
let server: RunningServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-request-log-'));
});

afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  await rm(folder, {recursive: true});
});

const logging = (prefix: string, rate: number): string =>
  `logging_config { log_collector_config { type: "file" filename_prefix: "${prefix}" } ` +
  `sampling_config { sampling_rate: ${rate} } }`;
const entry = (name: string, path: string, more: string): string =>
  `config { name: "${name}" base_path: "${path}" model_platform: "tensorflow" ${more} }`;

async function logged(server: RunningServer, model: string): Promise<number> {
  const {text} = await get(`${server.url}/metrics`);
  const line = new RegExp(`:tensorflow:serving:request_log_count\\{model_name="${model}",status_code="OK"\\} (\\d+)`);
  return Number(line.exec(text)?.[1] ?? 0);
}

test('requests by every door are logged as TensorFlow reads them, and can be replayed as warm-up', async () => {
  const models = await testModels();
  const config = join(folder, 'models.config');
  const prefix = join(folder, 'logs', 'half');
  const quiet = logging(join(folder, 'logs', 'quiet'), 0);
  await writeFile(
    config,
    `model_config_list { ${entry(HALF, join(models, HALF), logging(prefix, 1))}
     ${entry('quiet', join(models, 'saved_model_half_plus_three'), quiet)} }`,
  );
  server = await startServer(`--model_config_file=${config}`);
  await ready(server);
  const {url} = server;
  const half = `${url}/v1/models/${HALF}`;
  await post(`${half}:predict`, '{"instances": [1.0, 2.0]}');
  await post(`${half}:regress`, '{"signature_name": "regress_x_to_y", "examples": [{"x": 80.0}]}');
  await post(`${half}:classify`, '{"signature_name": "labelled", "examples": [{"x": 2.0}]}');
  await post(`${half}:predict`, '{"instances": ["refused"]}');
  await post(`${url}/v1/models/quiet:predict`, '{"instances": [1.0]}');
  const v2 = {inputs: [{name: 'x', shape: [1], datatype: 'FP32', data: [5]}]};
  await post(`${url}/v2/models/${HALF}/infer`, JSON.stringify(v2));
  await run(PYTHON, [REFLECTION_CLIENT, server.grpcAddress]);
  await until(
    () => logged(server as RunningServer, HALF),
    count => count === 5,
  );
  const [name = ''] = await readdir(join(folder, 'logs')).then(names => names.filter(n => n.startsWith('half')));
  const file = join(folder, 'logs', name);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const {stdout} = await run(PYTHON, [READER, file]);
  const records = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as object);
  const common = {model: HALF, version: 123, rate: 1, tags: ['serve']};
  const predict = {...common, kind: 'predict_log', signature: 'serving_default'};
  expect(records).toEqual([
    {...predict, inputs: {x: [1, 2]}, outputs: {y: [2.5, 3]}},
    {...common, kind: 'regress_log', signature: 'regress_x_to_y', x: [[80]], values: [42]},
    {...common, kind: 'classify_log', signature: 'labelled', x: [[2]], labels: [['up', 'down']]},
    {...predict, inputs: {x: [5]}, outputs: {y: [4.5]}},
    {...predict, inputs: {x: [1, 2]}, outputs: {y: [2.5, 3]}},
  ]);

  const warm = join(folder, 'warm', '1');
  await cp(join(models, HALF, '00000123'), warm, {recursive: true});
  await mkdir(join(warm, 'assets.extra'), {recursive: true});
  await cp(file, join(warm, 'assets.extra/tf_serving_warmup_requests'));
  await server.stop('SIGKILL');
  server = await startServer('--model_name=warm', `--model_base_path=${join(folder, 'warm')}`);
  await ready(server);
  const {text} = await get(`${server.url}/metrics`);
  expect(text).toContain(`:tensorflow:serving:model_warmup_records_read{model_path="${warm}",status="OK"} 5`);
}, 180_000);

test.each([
  ['sampling_config { sampling_rate: 2 }', 'it must be from 0 to 1'],
  ['log_collector_config { filename_prefix: "relative" }', 'it must be an absolute path'],
  ['log_collector_config { type: "kafka" }', 'Cannot find LogCollector::Factory for type: kafka'],
  ['log_collector_config { filename_prefix: "/dev/null/x" }', 'Cannot log requests to /dev/null/x'],
])('logging_config { %s } is refused', async (fields, message) => {
  const config = join(folder, 'models.config');
  await writeFile(config, `model_config_list { ${entry('a', folder, `logging_config { ${fields} }`)} }`);
  await expect(startServer(`--model_config_file=${config}`)).rejects.toThrow(message);
});

test('files are closed when they are full, the oldest go, and those of others stay', async () => {
  const prefix = join(folder, 'log');
  await writeFile(`${prefix}-notes.tfrecord`, 'mine');
  await writeFile(`${prefix}-20200101T000000Z-00000.tfrecord`, Buffer.alloc(500));
  const limits = {fileBytes: 100, totalBytes: 300};
  const file = await RecordFile.create(prefix, limits, () => new Date('2026-01-02T03:04:05Z'));
  for (let i = 0; i < 4; i++) await file.append(Buffer.alloc(100, i));
  await file.close();
  expect((await readdir(folder)).sort()).toEqual([
    'log-20260102T030405Z-00002.tfrecord',
    'log-20260102T030405Z-00003.tfrecord',
    'log-notes.tfrecord',
  ]);
});
