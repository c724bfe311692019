import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {writeModels} from './testing/cases.js';

test('a worker thread that is terminated in the middle of a run harms neither the process nor its end', async () => {
  const models = await writeModels();
  const worker = new URL('./testing/worker.js', import.meta.url).pathname;
  // A run that went on would keep the process; a library unloaded with the worker would crash it at its end.
  const {stdout} = await promisify(execFile)(process.execPath, [worker, join(models.dir, 'slow')], {timeout: 60_000});
  expect(Number(stdout)).toBeCloseTo(256 * Math.tanh(0.25), 3);
}, 240_000);
