import {createHash, randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {writeChecksums, type JsonTensor} from '@ingot/tensorflow/contract';
import {messages} from '../../codec/proto.js';
import {writeRecords} from '../../codec/tf-record.js';
import {checkFiles} from './check-files.js';
import {ThreadedReader} from './threaded-reader.js';
import {READ_HERE} from './version-reader.js';

const reader = new ThreadedReader(1);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-reader-'));
  await mkdir(join(folder, 'assets.extra'));
});
afterEach(() => rm(folder, {recursive: true}));
afterAll(() => reader.close());

const MB = 2 ** 20;
const write = (path: string, content: string | Uint8Array): Promise<void> => writeFile(join(folder, path), content);

test('files of any size have the hash that they have', async () => {
  for (const bytes of [0, 1000, MB + 1]) {
    const content = randomBytes(bytes);
    await write('file', content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(await reader.hash(join(folder, 'file'))).toEqual({sha256, bytes});
  }
  await expect(reader.hash(join(folder, 'none'))).rejects.toThrow('ENOENT');
});

test('a large file that was changed is named', async () => {
  await write('weights', Buffer.alloc(MB));
  await writeChecksums(folder);
  await expect(checkFiles(folder, reader)).resolves.toBeUndefined();
  await write('weights', Buffer.alloc(MB, 1));
  await expect(checkFiles(folder, reader)).rejects.toMatchObject({
    code: 'DATA_LOSS',
    message: expect.stringContaining('weights') as string,
  });
});

test('large golden samples are the same tensors in this thread', async () => {
  const numbers = Array.from({length: 50_000}, (_, i) => i / 8);
  const texts: JsonTensor = {dtype: 'string', shape: [2], values: ['', Buffer.from('gold').toString('base64')]};
  const inputs = {x: {dtype: 'float32', shape: [50_000], values: numbers}, texts};
  const samples = [{signature: 's', inputs, outputs: {n: {dtype: 'int64', shape: [1], values: ['9007199254740993']}}}];
  const golden = {formatVersion: 1, tolerance: {absolute: 0, relative: 0.5}, samples};
  await write('assets.extra/golden.json', JSON.stringify(golden));
  const read = await reader.golden(folder);
  expect(read).toEqual(await READ_HERE.golden(folder));
  expect(read?.samples[0]?.outputs['n']?.data).toEqual(BigInt64Array.of(9007199254740993n));
  await write('assets.extra/golden.json', JSON.stringify(golden).replace('50000', '50001'));
  await expect(reader.golden(folder)).rejects.toMatchObject({
    code: 'DATA_LOSS',
    message: expect.stringContaining('50000 values') as string,
  });
});

test('large warm-up files come record by record', async () => {
  const tensor = {dtype: 1, tensor_shape: {dim: [{size: 100_000}]}, tensor_content: Buffer.alloc(400_000)};
  const records = ['gold', 'digits'].map(name => {
    const request = {model_spec: {name}, inputs: {x: tensor}};
    return Buffer.from(messages.PredictionLog.encode({predict_log: {request}}).finish());
  });
  await write('assets.extra/tf_serving_warmup_requests', writeRecords(records));
  const read = await reader.warmUp(folder);
  expect(read?.map(({log}) => log)).toEqual(['predict_log', 'predict_log']);
  expect(read?.map(({bytes}) => Buffer.from(bytes).equals(records[0] as Buffer))).toEqual([true, false]);
  await write('assets.extra/tf_serving_warmup_requests', Buffer.alloc(MB, 1));
  await expect(reader.warmUp(folder)).rejects.toMatchObject({
    code: 'DATA_LOSS',
    message: expect.stringContaining('TFRecord format') as string,
  });
});

test('what is not there is nothing', async () => {
  expect([await reader.golden(folder), await reader.warmUp(folder)]).toEqual([null, null]);
});

(process.platform === 'linux' ? test : test.skip)('it is not the thread of requests that hashes', async () => {
  await write('weights', Buffer.alloc(256 * MB));
  const before = [process.cpuUsage(), mainThreadTicks()] as const;
  await reader.hash(join(folder, 'weights'));
  const {user, system} = process.cpuUsage(before[0]);
  const ofMain = (mainThreadTicks() - before[1]) * 10_000;
  expect(ofMain).toBeLessThan((user + system) / 3);
});

/** What this process's first thread has computed, in hundredths of a second. */
function mainThreadTicks(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return Number(user) + Number(system);
}
