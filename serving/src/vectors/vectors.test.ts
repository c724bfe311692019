import {existsSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {testModels} from '../testing/models.js';
import {ready, startServer} from '../testing/server.js';
import {configText} from './config-text.js';
import {runVectors, type VectorResult} from './run.js';
import {wantedModels} from './served-models.js';
import {readVectors} from './vector.js';

const OWN = fileURLToPath(new URL('../../vectors/cases.jsonl', import.meta.url));
const GIVEN =
  process.env['INGOT_VECTORS'] ??
  resolve(fileURLToPath(new URL('../../../', import.meta.url)), '../shared/serving/vectors.jsonl');

const failures = (results: VectorResult[]): VectorResult[] => results.filter(({failure}) => failure !== null);

test('every case of our own behaves as TensorFlow Serving does', async () => {
  const results = await runVectors(OWN, {models: await testModels()});
  expect(failures(results)).toEqual([]);
  expect(results.length).toBeGreaterThan(40);
}, 180_000);

test('a server that is started as --config says passes every case over its own doors', async () => {
  const models = await testModels();
  const folder = await mkdtemp(join(tmpdir(), 'ingot-vectors-'));
  const config = join(folder, 'models.config');
  await writeFile(config, configText(wantedModels(await readVectors(OWN), models)));
  const server = await startServer(`--model_config_file=${config}`);
  try {
    await ready(server);
    const results = await runVectors(OWN, {models, url: server.url, grpc: server.grpcAddress});
    expect(failures(results)).toEqual([]);
  } finally {
    await server.stop('SIGKILL');
    await rm(folder, {recursive: true});
  }
}, 180_000);

(existsSync(GIVEN) ? test : test.skip)(
  'every case of the file that is given',
  async () => {
    const results = await runVectors(GIVEN);
    expect(failures(results)).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  },
  180_000,
);
