import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {modelsIn} from './model-root.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-root-'));
});
afterEach(() => rm(root, {recursive: true}));

test('what seems to be meant as a model and is none is told; what is hidden or something else is not', async () => {
  for (const folder of ['gold/1', 'my model/1', 'bare', 'notes/old', '.incoming-7/1']) {
    await mkdir(join(root, folder), {recursive: true});
  }
  await writeFile(join(root, 'bare/saved_model.pb'), '');
  await writeFile(join(root, 'README'), '');
  const entries = await modelsIn(root, () => false);
  expect(entries.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    {name: 'bare', trouble: 'bare is not served: its SavedModel must lie in a numbered folder, such as bare/1'},
    {name: 'gold', trouble: null},
    {name: 'my model', trouble: expect.stringContaining('"my model" cannot be a model\'s name') as string},
  ]);
});
