import {join} from 'node:path';
import {startAdministered} from './admin.js';
import {post, ready, type RunningServer} from './server.js';
import {HALF_PLUS, testVolume, type TestVolume} from './volume.js';

/** A server with the admin API, over a volume of its own. */
export interface ServedHalf {
  readonly volume: TestVolume;
  readonly server: RunningServer;
  /** Starts one in place of the one that was ended, and waits until its models answer. */
  start(...flags: string[]): Promise<void>;
  /** The same, for one whose models do not all answer. */
  startUnready(): Promise<void>;
  /** What the model, or `half/versions/1` and the like, says of 2; the status when it does not answer. */
  answer(path?: string): Promise<unknown>;
}

/** For each test of a file: a server of `half`, whose version 1 answers 3 to the input 2, and version 2 answers 4. */
export function serveHalf(): ServedHalf {
  let volume: TestVolume;
  let server: RunningServer;
  const startUnready = async (...flags: string[]): Promise<void> => {
    const all = [`--model_root=${volume.root}`, '--file_system_poll_wait_seconds=0.2', ...flags];
    server = await startAdministered(join(volume.root, '.state'), ...all);
  };
  const start = async (...flags: string[]): Promise<void> => {
    await startUnready(...flags);
    await ready(server);
  };
  beforeEach(async () => {
    volume = await testVolume();
    await volume.publish('half', 1, HALF_PLUS[3]);
    await volume.publish('half', 2, HALF_PLUS[4]);
    await start();
  }, 180_000);
  afterEach(async () => {
    await server.stop('SIGKILL');
    await volume.remove();
  });
  return {
    get volume() {
      return volume;
    },
    get server() {
      return server;
    },
    start,
    startUnready,
    async answer(path = 'half') {
      const {status, text} = await post(`${server.url}/v1/models/${path}:predict`, '{"inputs": 2}');
      return status === 200 ? (JSON.parse(text) as {outputs: number}).outputs : status;
    },
  };
}
