import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import type {SuiteResult} from '../testing/tfjs-suite.js';

/** Tests whose images and SavedModels are in tfjs's repository only, not in its npm package. With these they pass. */
const WITHOUT_FILES = /^(decode images|SavedModel) /;

let results: SuiteResult[];
beforeAll(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'ingot-tfjs-suite-'));
  const script = new URL('../testing/tfjs-suite.js', import.meta.url).pathname;
  // Where its tests look for files, and leave some.
  const options = {cwd: dir, env: {...process.env, NODE_OPTIONS: '', CUDA_VISIBLE_DEVICES: '-1'}, maxBuffer: 64 << 20};
  try {
    await promisify(execFile)(process.execPath, [script, path.join(dir, 'results.json')], options);
    results = JSON.parse(await readFile(path.join(dir, 'results.json'), 'utf8')) as SuiteResult[];
  } finally {
    await rm(dir, {recursive: true});
  }
}, 600_000);

test("tfjs-core's and tfjs-node's own tests pass on the binding that is built here", () => {
  const failed = results.filter(({status, name}) => status === 'failed' && !WITHOUT_FILES.test(name));
  expect(failed).toEqual([]);
  expect(results.filter(({status}) => status === 'passed').length).toBeGreaterThan(3900);
});
