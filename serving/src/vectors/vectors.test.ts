import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {testModels} from '../testing/models.js';
import {runVectors, type VectorResult} from './run.js';

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

(existsSync(GIVEN) ? test : test.skip)(
  'every case of the file that is given',
  async () => {
    const results = await runVectors(GIVEN);
    expect(failures(results)).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  },
  180_000,
);
