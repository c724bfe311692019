import {cp, mkdir, mkdtemp, open, rename, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {loadFrozenGraph, loadSavedModel} from './index.js';
import {writeModels} from './testing/cases.js';

let dir: string;
let scratch: string;

beforeAll(async () => {
  ({dir} = await writeModels());
  scratch = await mkdtemp(join(tmpdir(), 'ingot-damaged-'));
}, 120_000);
afterAll(() => rm(scratch, {recursive: true}));

const GRAPH = 'saved_model.pb';
const INDEX = 'variables/variables.index';
const SHARD = 'variables/variables.data-00000-of-00001';

test.each<[what: string, code: string, says: RegExp, damage: (model: string) => Promise<void>]>([
  ['nothing', 'NOT_FOUND', /There is no ".*model"/, model => rm(model, {recursive: true})],
  ['an empty folder', 'NOT_FOUND', /model is empty/, async model => (await rm(model, {recursive: true}), mkdir(model))],
  [
    'a folder of versions',
    'NOT_FOUND',
    /give one of them, such as .*model.10$/,
    async model => {
      await rm(join(model, GRAPH));
      await mkdir(join(model, '9'));
      await mkdir(join(model, '10'));
    },
  ],
  [
    "TensorFlow.js's own format",
    'NOT_FOUND',
    /model.json is a model of TensorFlow.js/,
    model => rename(join(model, GRAPH), join(model, 'model.json')),
  ],
  [
    'an empty graph',
    'NOT_FOUND',
    /saved_model.pb is empty: copy the model again/,
    model => truncate(join(model, GRAPH)),
  ],
  [
    'half a graph',
    'OUT_OF_RANGE',
    /saved_model.pb is damaged or cut short \(5000/,
    model => truncate(join(model, GRAPH), 5000),
  ],
  [
    'text',
    'DATA_LOSS',
    /saved_model.pb is text, not a model; it begins with "<html>"/,
    model => writeFile(join(model, GRAPH), '<html>\n404'),
  ],
  [
    'a pointer of Git LFS',
    'DATA_LOSS',
    /git lfs pull/,
    model => writeFile(join(model, GRAPH), 'version https://git-lfs.github.com/spec/v1\n'),
  ],
  ['a frozen graph', 'NOT_FOUND', /loadFrozenGraph/, model => cp(join(dir, 'frozen.pb'), join(model, GRAPH))],
  [
    'no variables',
    'NOT_FOUND',
    /the model has variables, but.*no such folder/,
    model => rm(join(model, 'variables'), {recursive: true}),
  ],
  ['no index of variables', 'NOT_FOUND', /variables.data-\S+ of 16000170 bytes/, model => rm(join(model, INDEX))],
  ['half an index', 'DATA_LOSS', /variables are damaged/, model => truncate(join(model, INDEX), 100)],
  ['no values', 'NOT_FOUND', /incomplete \(there is variables.index/, model => rm(join(model, SHARD))],
  [
    'half the values',
    'OUT_OF_RANGE',
    /data-00000-of-00001 of 8000000 bytes/,
    model => truncate(join(model, SHARD), 8e6),
  ],
  [
    'other values',
    'DATA_LOSS',
    /Checksum does not match[^]*: copy the model again/,
    async model => {
      const file = await open(join(model, SHARD), 'r+');
      await file.write(Buffer.from([1, 2, 3]), 0, 3, 1000);
      await file.close();
    },
  ],
])('%s where a model should be: the error says so, and what to do', async (what, code, says, damage) => {
  const model = join(scratch, what, 'model');
  await cp(join(dir, 'large'), model, {recursive: true});
  await damage(model);
  await expect(loadSavedModel(model)).rejects.toMatchObject({code, message: expect.stringMatching(says)});
  await rm(model, {recursive: true, force: true});
});

test('unknown tags are refused with those that there are', async () => {
  await expect(loadSavedModel(join(dir, 'tf1'), {tags: ['gpu']})).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(/supplied tags: \{ gpu \}.*for the tags \["serve"\] and \["train"\]/),
  });
});

test.each([
  ['nothing', 'none.pb', 'NOT_FOUND', /none.pb cannot be read/],
  ['text', 'vocabulary.txt', 'INVALID_ARGUMENT', /vocabulary.txt is no frozen graph; it must be a binary GraphDef/],
  ["a SavedModel's graph", 'large/saved_model.pb', 'INVALID_ARGUMENT', /load its folder with loadSavedModel/],
])('%s where a frozen graph should be: the error names the file', async (_, file, code, says) => {
  await expect(loadFrozenGraph(join(dir, file), {inputs: [], outputs: []})).rejects.toMatchObject({
    code,
    message: expect.stringMatching(says),
  });
});
