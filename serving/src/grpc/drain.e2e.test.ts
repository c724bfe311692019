import {once} from 'node:events';
import {Client, credentials, status, type ServiceError} from '@grpc/grpc-js';
import {testModels} from '../testing/models.js';
import {ready, startServer} from '../testing/server.js';

const asIs = (bytes: Buffer): Buffer => bytes;

beforeAll(testModels, 180_000);

test('SIGTERM tells those who watch, ends their calls and idle connections, and the server ends with 0', async () => {
  const server = await startServer(`--model_root=${await testModels()}`);
  await ready(server);
  const [watching, idle] = [0, 1].map(
    i => new Client(server.grpcAddress, credentials.createInsecure(), {'grpc.use_local_subchannel_pool': 1, own: i}),
  ) as [Client, Client];
  await new Promise<void>((resolve, reject) =>
    idle.waitForReady(Date.now() + 30_000, error => (error ? reject(error) : resolve())),
  );
  const call = watching.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asIs, asIs, Buffer.alloc(0));
  const told: string[] = [];
  call.on('data', (message: Buffer) => told.push(message.toString('hex')));
  await once(call, 'data');
  const ended = once(call, 'error') as Promise<[ServiceError]>;
  expect(await server.stop('SIGTERM')).toBe(0);
  expect((await ended)[0].code).toBe(status.UNAVAILABLE);
  // SERVING, then NOT_SERVING.
  expect(told).toEqual(['0801', '0802']);
  watching.close();
  idle.close();
}, 60_000);
