import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {writeModels} from './testing/cases.js';

test('memory comes back when a model with 16 MB of weights is loaded, run and unloaded 200 times', async () => {
  const models = await writeModels();
  const churn = new URL('./testing/churn.js', import.meta.url).pathname;
  const {stdout} = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    churn,
    join(models.dir, 'large'),
    '200',
  ]);
  const {before, after} = JSON.parse(stdout) as {before: number; after: number};
  // 150 rounds that each kept their weights would be 2.4 GB.
  expect((after - before) / 2 ** 20).toBeLessThan(32);
}, 240_000);
