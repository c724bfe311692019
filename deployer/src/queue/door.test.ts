import {Redis} from 'ioredis';
import {startTestQueue, temporaryFolder} from '../testing/fixtures.js';
import {QueueDoor} from './door.js';
import type {EmbeddedQueue} from './embedded.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let queue: EmbeddedQueue;
beforeAll(async () => {
  folder = await temporaryFolder();
  queue = await startTestQueue(folder.path);
});
afterAll(async () => {
  await queue.stop();
  await folder.remove();
});

test('a door closes while the connection that events come by is on its way back', async () => {
  const door = new QueueDoor(queue.url);
  await door.health();
  const admin = new Redis(queue.url);
  const listening = async (): Promise<string[]> => {
    const clients = String(await admin.client('LIST'));
    return clients.split('\n').filter(line => /cmd=xread\b/.test(line));
  };
  while ((await listening()).length === 0) await new Promise(resolve => setTimeout(resolve, 10));
  for (const line of await listening()) await admin.client('KILL', 'ID', /\bid=(\d+)/.exec(line)?.[1] ?? '');
  // The first attempt to come back is made after 100 ms.
  await new Promise(resolve => setTimeout(resolve, 20));
  expect((await door.health()).workers).toBe(0);
  await door.close();
  expect(await listening()).toEqual([]);
  admin.disconnect();
});
