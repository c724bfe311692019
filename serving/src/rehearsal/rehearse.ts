import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import type {AddressInfo, Server} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {AddBatching} from '../batching/index.js';
import type {Engine} from '../engine/engine.js';
import {modelConfig} from '../lifecycle/settings.js';
import {ModelManager} from '../lifecycle/manager.js';
import {availabilityPreserving} from '../lifecycle/versions/transition.js';
import {Loader} from '../loading/loader.js';
import {Metrics} from '../metrics/metrics.js';
import {ask} from './client.js';
import {echoModel} from './echo-model.js';
import {SHAPES, requestsTo} from './requests.js';

/** What a rehearsal is played with. */
export interface Stage {
  readonly engine: Engine;
  readonly batching: AddBatching;
  /** Makes a REST door as clients have it, to these models; what it counts, it counts here. */
  readonly door: (models: ModelManager, metrics: Metrics) => Promise<Server>;
  /** How many requests clients have sent: those, too, make the code fast. */
  readonly clientRequests: () => number;
  /** True when it is to end at once. */
  readonly ended: () => boolean;
}

const MODEL = 'rehearsal';
const REQUESTS = requestsTo(MODEL);
/**
 * Requests until everything begins anew. What only the first request to a model or on a connection goes through must be known
 * to the compiler as well, or the first client makes it throw away what it has made.
 */
const ACT = 150;
/** Enough for batches to be made; few, so that a client's request waits for few of them. */
const CONNECTIONS = 8;
/** However slow the machine. */
const LONGEST_MS = 5000;

/**
 * Sends requests through doors of its own, on ports of this machine that nobody is told of, to a model that answers with what it
 * is asked. V8 compiles the way of a request only once it was gone some thousand times; until then a request takes four times
 * as long. The code is the one that clients' requests go through; models, metrics and logs are not.
 *
 * @param requests how many, those of clients included
 * @throws when there is no folder for temporary files, no port, or when the engine ends
 */
export async function rehearse(stage: Stage, requests: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ingot-rehearsal-'));
  const end = performance.now() + LONGEST_MS;
  const goesOn = (): boolean => !stage.ended() && performance.now() < end;
  try {
    const version = join(folder, '1');
    await mkdir(version);
    await writeFile(join(version, 'saved_model.pb'), echoModel(SHAPES));
    let sent = 0;
    const next = (): Buffer | null => {
      if (sent + stage.clientRequests() >= requests || !goesOn()) return null;
      return REQUESTS[sent++ % REQUESTS.length] as Buffer;
    };
    while (sent + stage.clientRequests() < requests && goesOn()) await act(stage, folder, atMost(ACT, next));
  } finally {
    await rm(folder, {recursive: true});
  }
}

/** Requests by new connections, through a new door, to a model that was just loaded. */
async function act(stage: Stage, folder: string, next: () => Buffer | null): Promise<void> {
  const metrics = new Metrics();
  const models = await loadEcho(stage, folder, metrics);
  const server = await stage.door(models, metrics);
  try {
    await once(server.listen(0, 'localhost'), 'listening');
    const address = server.address() as AddressInfo;
    await Promise.all(Array.from({length: CONNECTIONS}, () => ask(address, next)));
  } finally {
    await new Promise(resolve => server.close(resolve));
    await models.close();
  }
}

async function loadEcho({engine, batching}: Stage, folder: string, metrics: Metrics): Promise<ModelManager> {
  const loader = new Loader(engine, ['serve'], null, metrics, {
    add: loaded => batching(loaded, folder, pool => metrics.batching.observer(pool, MODEL)),
    cautious: {onDependent: () => undefined},
  });
  const models = new ModelManager(
    {configs: [modelConfig(MODEL, folder)], modelRoot: null},
    {
      loader,
      policy: availabilityPreserving,
      // All files are there already.
      now: () => Infinity,
      settleMs: 0,
      maxRetries: 0,
      retryMs: 0,
      log: () => undefined,
      limit: work => work(),
    },
  );
  await models.start(0);
  await models.idle();
  return models;
}

function atMost<T>(count: number, next: () => T | null): () => T | null {
  let left = count;
  return () => (left-- > 0 ? next() : null);
}
