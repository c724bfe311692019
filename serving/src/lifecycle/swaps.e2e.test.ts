import {cp, mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {writeChecksums} from '@ingot/tensorflow/contract';
import {testModels} from '../testing/models.js';
import {memoryMb, post, ready, startServer, states, until, type RunningServer} from '../testing/server.js';

const SWAPS = 200;
/** Allocator, compiled code and caches have their size after so many. */
const WARM = 40;
const KINDS = ['saved_model_half_plus_two_cpu/00000123', 'saved_model_half_plus_three/00000123'] as const;

let root: string;
let server: RunningServer | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ingot-swaps-'));
}, 180_000);
afterAll(async () => {
  await server?.stop('SIGKILL');
  await rm(root, {recursive: true});
});

async function publish(version: number): Promise<void> {
  const incoming = join(root, 'half', `.incoming-${version}`);
  await cp(join(await testModels(), KINDS[version % 2] as string), incoming, {recursive: true});
  await mkdir(join(incoming, 'assets.extra'), {recursive: true});
  await writeChecksums(incoming);
  await rename(incoming, join(root, 'half', String(version)));
}

test(`${SWAPS} swaps under load lose no request and leave the memory as it was`, async () => {
  await publish(1);
  const running = await startServer(`--model_root=${root}`, '--file_system_poll_wait_seconds=0.02');
  server = running;
  await ready(running);
  const wrong: string[] = [];
  let answered = 0;
  let asking = true;
  const ask = async (): Promise<void> => {
    while (asking) {
      const {status, text} = await post(`${running.url}/v1/models/half:predict`, '{"instances": [2, 4]}');
      const right = status === 200 && /^\{"predictions":\[(3,4|4,5)\]\}$/.test(JSON.stringify(JSON.parse(text)));
      if (right) answered++;
      else wrong.push(text);
    }
  };
  const clients = [ask(), ask(), ask(), ask()];
  let before = 0;
  for (let version = 2; version <= SWAPS + 1; version++) {
    await publish(version);
    await until(
      () => states(running, 'half'),
      found => found[version] === 'AVAILABLE' && found[version - 1] === 'END',
    );
    await rm(join(root, 'half', String(version - 1)), {recursive: true});
    if (version === WARM) before = await memoryMb(running);
  }
  const after = await memoryMb(running);
  asking = false;
  await Promise.all(clients);
  expect(wrong).toEqual([]);
  expect(answered).toBeGreaterThan(SWAPS);
  expect(after).toBeLessThan(before * 1.1);
  // The one that answers, one that may be on its way out, and ten that have ended.
  expect(Object.keys(await states(running, 'half')).length).toBeLessThanOrEqual(12);
}, 600_000);
