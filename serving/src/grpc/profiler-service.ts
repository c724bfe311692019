import {setTimeout} from 'node:timers/promises';
import {VARINT, WireReader, WireWriter, fieldsOf} from '../codec/wire.js';
import type {Engine, EngineRecording} from '../engine/engine.js';
import {StatusError, invalidArgument} from '../status/status.js';
import type {UnaryHandler} from './protocol/handler.js';

/**
 * tensorflow.ProfilerService: what `tf.profiler.experimental.client.trace` and TensorBoard's "capture profile" ask.
 *
 * The original writes the profile to a path that the client names. Here it goes back in the answer, and the client writes it:
 * a server does not write files for whoever can reach its port, and need not share a disk with TensorBoard.
 */

/** Begins to record all engines. @throws when a recording is under way */
export type Record = NonNullable<Engine['record']>;

/** What is recorded is kept in memory until it is sent. */
const MAX_DURATION_MS = 60_000;

/** Field numbers of ProfileRequest, ProfileOptions, ProfileResponse and ProfileToolData. */
const REQUEST = {durationMs: 1, options: 4, sessionId: 6} as const;
const OPTIONS_DURATION_MS = 9;
const TOOL_DATA = 6;
const TOOL = {name: 1, data: 2} as const;
/** The name makes the client write `<host>.xplane.pb`, which TensorBoard reads; of other engines' files it makes hosts of their own. */
const TOOL_NAME = 'xplane.pb';

export function profilerService(record: Record): Readonly<{[method: string]: UnaryHandler}> {
  const running = new Map<string, AbortController>();
  return {
    async Profile(message, {signal}) {
      const options = Buffer.concat(fieldsOf(message, REQUEST.options));
      const durationMs = varintOf(options, OPTIONS_DURATION_MS) || varintOf(message, REQUEST.durationMs);
      if (durationMs < 1 || durationMs > MAX_DURATION_MS) {
        throw invalidArgument(`duration_ms is ${durationMs}; it must be from 1 to ${MAX_DURATION_MS}`);
      }
      const session = fieldsOf(message, REQUEST.sessionId).at(-1)?.toString('utf8') ?? '';
      const recordings = await record(options);
      const ended = new AbortController();
      signal.addEventListener('abort', () => ended.abort(), {once: true});
      running.set(session, ended);
      try {
        await setTimeout(durationMs, undefined, {signal: ended.signal}).catch(() => undefined);
      } finally {
        running.delete(session);
      }
      const profiles = await profilesOf(recordings);
      if (signal.aborted) throw new StatusError('CANCELLED', 'The client gave up');
      const writer = new WireWriter();
      for (const {engine, space} of profiles.toReversed()) {
        const name = engine === '' ? TOOL_NAME : `${engine.replace(/[^\w]+/g, '-')}.${TOOL_NAME}`;
        writer.message(TOOL_DATA, tool => tool.bytes(TOOL.data, space).text(TOOL.name, name));
      }
      return writer.finish();
    },
    async Terminate(message) {
      running.get(fieldsOf(message, 1).at(-1)?.toString('utf8') ?? '')?.abort();
      return Buffer.alloc(0);
    },
    async Monitor() {
      throw new StatusError('UNIMPLEMENTED', 'Monitor is for TPUs; use Profile');
    },
  };
}

/** Of those engines that are still there. @throws when none is */
async function profilesOf(recordings: readonly EngineRecording[]): Promise<{engine: string; space: Uint8Array}[]> {
  const ends = recordings.map(async recording => ({engine: recording.engine, space: await recording.end()}));
  const ended = await Promise.allSettled(ends);
  const profiles = ended.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
  if (profiles.length === 0) await Promise.all(ends);
  return profiles;
}

/** The last value of a field of whole numbers, 0 when there is none. */
function varintOf(message: Buffer, field: number): number {
  let value = 0n;
  const reader = new WireReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === field && tag.type === VARINT) value = reader.uint64();
    else reader.skip(tag.type);
  }
  return Number(value);
}
