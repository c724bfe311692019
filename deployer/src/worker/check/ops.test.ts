import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {temporaryFolder} from '../../testing/fixtures.js';
import {pythonModels} from '../../testing/python-models.js';
import {checkOps} from './ops.js';

let models: string;
beforeAll(async () => {
  models = await pythonModels();
}, 180_000);

test.each(['honest', 'honest-variables', 'honest-table', 'honest-keras'])('%s passes', async name => {
  await checkOps(path.join(models, name));
});

test.each<[string, RegExp]>([
  ['reads', /may not have: ReadFile\./],
  ['writes', /may not have: WriteFile\./],
  ['lists', /may not have: MatchingFiles\./],
  ['prints', /may not have: PrintV2\./],
  ['runs-python', /may not have: (Eager)?PyFunc\./],
  ['hides-in-a-branch', /may not have: WriteFile\./],
  ['saves', /checkpoints while it answers: SaveV2\./],
  ['restores', /checkpoints while it answers: RestoreV2\./],
  ['restores-from-elsewhere', /another file than its own, at the nodes: .*RestoreV2/],
  ['saves-when-loaded', /more than restore its variables .*SaveV2/],
])('a model that %s is refused', async (name, reason) => {
  await expect(checkOps(path.join(models, name))).rejects.toThrow(reason);
});

test.each([
  ['cut off', Buffer.from([0x08, 0x01, 0x12, 0x7f, 0x01])],
  ['no protobuf', Buffer.from('#!/bin/sh\nexit 1\n')],
])('a graph that is %s is refused', async (_name, bytes) => {
  const folder = await temporaryFolder();
  try {
    await mkdir(folder.path, {recursive: true});
    await writeFile(path.join(folder.path, 'saved_model.pb'), bytes);
    await expect(checkOps(folder.path)).rejects.toThrow(/"saved_model.pb" cannot be read/);
  } finally {
    await folder.remove();
  }
});
