import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {memoryGroup, memoryGroups, type MemoryGroup} from '../testing/memory-group.js';
import {testModels} from '../testing/models.js';
import {enginePid, get, post, ready, startServer, type Answer, type RunningServer} from '../testing/server.js';

/** Floats that no group below has room for. */
const TOO_MANY = '1000000000';
const ROOM = 300 * 2 ** 20;

let server: RunningServer;
let group: MemoryGroup | undefined;

beforeAll(testModels, 180_000);
afterEach(async () => {
  await server.stop('SIGKILL');
  await group?.remove();
});

const ask = (signature: string, values: string): Promise<Answer> =>
  post(`${server.url}/v1/models/moody:predict`, `{"signature_name": "${signature}", "instances": [${values}]}`);

/** Processes that are started later belong to the group of the one that starts them. */
async function confine(pids: readonly number[]): Promise<void> {
  group = await memoryGroup('ingot-memory');
  for (const pid of pids) await group.add(pid);
  const used = await Promise.all(pids.map(async pid => readFile(`/proc/${pid}/status`, 'utf8')));
  const resident = used.reduce((sum, status) => sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024, 0);
  await group.limit(resident + ROOM);
}

// Only an administrator can make such a group: elsewhere jest reports the test as skipped.
(memoryGroups === null ? test.skip : test)(
  'when the kernel has no memory left, it ends the engine and not the server; what does that again and again is kept from running',
  async () => {
    server = await startServer('--model_name=moody', `--model_base_path=${join(await testModels(), 'moody')}`);
    await ready(server);
    expect((await ask('serving_default', '1')).status).toBe(200);
    const engine = await enginePid(server);
    await confine([server.process.pid as number, engine]);

    const {status, text, headers} = await ask('fill', TOO_MANY);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(text).toContain('the engine that ran the model has ended (SIGKILL)');
    await ready(server);
    expect((await ask('serving_default', '1')).status).toBe(200);
    expect(await enginePid(server)).not.toBe(engine);

    // It had two engines: it is tried once more before a client hears of it.
    const third = await ask('fill', TOO_MANY);
    expect(third.text).toMatch(/"fill\\" is not run for \d+ s: the last 3 engines ended while they ran it/);
    const quarantined = await ask('fill', '1');
    expect([quarantined.status, quarantined.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await ask('serving_default', '1')).status).toBe(200);
    expect((await get(`${server.url}/metrics`)).text).toContain('ingot_engine_losses_total{reason="SIGKILL"} 3');
  },
  120_000,
);
