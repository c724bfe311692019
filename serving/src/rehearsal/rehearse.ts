import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {AddBatching} from '../batching/index.js';
import type {Engine} from '../engine/engine.js';
import {modelConfig} from '../lifecycle/settings.js';
import {ModelManager} from '../lifecycle/manager.js';
import {availabilityPreserving} from '../lifecycle/versions/transition.js';
import {Loader} from '../loading/loader.js';
import {Metrics} from '../metrics/metrics.js';
import {echoModel} from './echo-model.js';
import {SHAPES} from './requests.js';

/** What a rehearsal is played with. */
export interface Stage {
  readonly engine: Engine;
  readonly batching: AddBatching;
  /** How many requests clients have sent: those, too, make the code fast, and they are not to wait for these. */
  readonly clientRequests: () => number;
  /** True when it is to end at once. */
  readonly ended: () => boolean;
}

/** A kind of door, and how it is asked. */
export interface Rehearsal {
  /** What it is asked, in turn. */
  readonly requests: readonly Buffer[];
  /** Opens one as clients have it, to these models, on a port of this machine; what it counts, it counts here. */
  open(models: ModelManager, metrics: Metrics): Promise<OpenDoor>;
}

export interface OpenDoor {
  /**
   * Asks on one connection, again and again, as long as there is something to ask.
   * @throws when an answer is an error, or the connection ends
   */
  ask(next: () => Buffer | null): Promise<void>;
  close(): Promise<void>;
}

/** The name of the model that is asked. */
export const MODEL = 'rehearsal';
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
 * @param requests how many for each door, those that clients send by any door included
 * @returns how many it were, by all doors
 * @throws when there is no folder for temporary files, no port, or when the engine ends
 */
export async function rehearse(stage: Stage, doors: readonly Rehearsal[], requests: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'ingot-rehearsal-'));
  const end = performance.now() + LONGEST_MS;
  const wants = (sent: number): boolean =>
    sent + stage.clientRequests() < requests && !stage.ended() && performance.now() < end;
  try {
    const version = join(folder, '1');
    await mkdir(version);
    await writeFile(join(version, 'saved_model.pb'), echoModel(SHAPES));
    const parts = doors.map(door => ({door, sent: 0}));
    const waiting = (): typeof parts => parts.filter(({sent}) => wants(sent));
    // In turns: what all doors share is to know all of them.
    for (let left = waiting(); left.length > 0; left = waiting()) {
      for (const part of left) {
        const {door} = part;
        const next = (): Buffer | null =>
          wants(part.sent) ? (door.requests[part.sent++ % door.requests.length] as Buffer) : null;
        await act(stage, folder, door, atMost(ACT, next));
      }
    }
    return parts.reduce((sum, {sent}) => sum + sent, 0);
  } finally {
    await rm(folder, {recursive: true});
  }
}

/** Requests by new connections, through a new door, to a model that was just loaded. */
async function act(stage: Stage, folder: string, rehearsal: Rehearsal, next: () => Buffer | null): Promise<void> {
  const metrics = new Metrics();
  const models = await loadEcho(stage, folder, metrics);
  try {
    const door = await rehearsal.open(models, metrics);
    try {
      await Promise.all(Array.from({length: CONNECTIONS}, () => door.ask(next)));
    } finally {
      await door.close();
    }
  } finally {
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
