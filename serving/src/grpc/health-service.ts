import {setTimeout} from 'node:timers/promises';
import {protoRoot} from '../codec/proto.js';
import {fieldsOf} from '../codec/wire.js';
import {toAbortSignal} from '../deadline/cancellation.js';
import {StatusError} from '../status/status.js';
import type {StreamHandler, UnaryHandler} from './protocol/handler.js';

/** grpc.health.v1.Health (https://github.com/grpc/grpc/blob/master/doc/health-checking.md) */

/** The names under which the original reports, and the full ones that clients of the protocol expect. */
const SERVICES: ReadonlySet<string> = new Set([
  '',
  'ModelService',
  'PredictionService',
  'tensorflow.serving.ModelService',
  'tensorflow.serving.PredictionService',
  'inference.GRPCInferenceService',
]);
const WATCH_MS = 500;

const Response = protoRoot.lookupType('grpc.health.v1.HealthCheckResponse');

type Serving = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

function encode(state: Serving): Buffer {
  return Buffer.from(Response.encode(Response.fromObject({status: state})).finish());
}

/** @throws StatusError INVALID_ARGUMENT when the message is malformed. */
function serviceOf(message: Buffer): string {
  return fieldsOf(message, 1).at(-1)?.toString('utf8') ?? '';
}

export function checkHealth(ready: () => boolean): UnaryHandler {
  return async message => {
    const service = serviceOf(message);
    if (!SERVICES.has(service)) throw new StatusError('NOT_FOUND', `There is no service "${service}"`);
    return encode(ready() ? 'SERVING' : 'NOT_SERVING');
  };
}

/** Tells the state at once, and then each time that it changes, until the client goes or the server closes. */
export function watchHealth(ready: () => boolean): StreamHandler {
  return async call => {
    const service = await requestOf(call.messages);
    const gone = toAbortSignal(call.signal);
    let told: Serving | undefined;
    for (;;) {
      const now = !SERVICES.has(service) ? 'SERVICE_UNKNOWN' : ready() ? 'SERVING' : 'NOT_SERVING';
      if (now !== told) await call.write(encode(now));
      told = now;
      if (call.closing.aborted) throw new StatusError('UNAVAILABLE', 'The server is closing');
      await setTimeout(WATCH_MS, undefined, {signal: gone, ref: false});
    }
  };
}

/** @throws StatusError INVALID_ARGUMENT when there is none, or it is malformed */
async function requestOf(messages: AsyncIterable<Buffer>): Promise<string> {
  for await (const message of messages) return serviceOf(message);
  throw new StatusError('INVALID_ARGUMENT', 'There is no HealthCheckRequest');
}
