import {appendFile, cp, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {NativeEngine} from '../engine/native.js';
import {Loader} from '../loading/loader.js';
import {testModels} from '../testing/models.js';
import {HALF_PLUS} from '../testing/volume.js';
import {ManagedModel} from './managed-model.js';
import {modelConfig} from './settings.js';
import {availabilityPreserving} from './versions/transition.js';

const LONG_MS = 1e9;

let root: string;
let model: ManagedModel;

beforeAll(testModels, 180_000);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-managed-'));
  await cp(join(await testModels(), HALF_PLUS[3]), join(root, '1'), {recursive: true});
  model = new ManagedModel(modelConfig('half', root), {
    loader: new Loader(new NativeEngine(), ['serve'], null, {loaded: () => undefined, ran: () => undefined}),
    policy: availabilityPreserving,
    now: Date.now,
    settleMs: LONG_MS,
    maxRetries: 0,
    retryMs: LONG_MS,
    log: () => undefined,
    limit: work => work(),
  });
});
afterEach(async () => {
  await model.close();
  await rm(root, {recursive: true});
});

/** What a look at the disk makes of version 1. */
async function look(): Promise<string | undefined> {
  await model.update(['1']);
  await model.idle();
  return model.statuses[0]?.state;
}

test('a folder without checksums that was written to of late is loaded only when two looks in a row find the same', async () => {
  expect(await look()).toBe('START');
  await writeFile(join(root, '1', 'more'), 'a');
  expect(await look()).toBe('START');
  await appendFile(join(root, '1', 'more'), 'b');
  expect(await look()).toBe('START');
  expect(await look()).toBe('AVAILABLE');
});
