import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {NO_CONTROL, type ModelControl} from './control.js';
import {openStore} from './store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-state-'));
});
afterEach(() => rm(folder, {recursive: true}));

const control: ModelControl = {
  ...NO_CONTROL,
  pin: 2n ** 63n - 1n,
  labels: new Map([['__proto__', 3n]]),
  held: new Set([-4n]),
  unloaded: true,
};

test('what was said of a model is there again, whatever the model is called', async () => {
  const names = ['half', '..', 'a/b', '%2e', 'für', 'x'.repeat(128)];
  const store = await openStore(folder);
  for (const name of names) await store.write(name, control);
  const {kept} = await openStore(folder);
  expect([...kept.keys()].sort()).toEqual(names.sort());
  expect(kept.get('..')).toEqual(control);
  for (const name of names) await store.write(name, NO_CONTROL);
  expect(await readdir(folder)).toEqual([]);
});

test('a file that a crash left half-written is not taken for what was said', async () => {
  const store = await openStore(folder);
  await store.write('half', control);
  await writeFile(join(folder, 'half.json.incoming'), '{"formatVersion": 1, "mod');
  expect((await openStore(folder)).kept.get('half')).toEqual(control);
  expect(await readdir(folder)).toEqual(['half.json']);
});

test.each([
  ['{"formatVersion": 1, "mod', 'JSON'],
  ['{"formatVersion": 2, "model": "half"}', '/formatVersion'],
  ['{"formatVersion": 1, "model": "half", "pin": 3}', '/pin'],
])('a damaged file is named, and not passed over: %s', async (text, place) => {
  await writeFile(join(folder, 'half.json'), text);
  await expect(openStore(folder)).rejects.toThrow(/half\.json cannot be used: .*Mend it, or delete it/);
  await expect(openStore(folder)).rejects.toThrow(place);
});
