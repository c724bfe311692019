import type {ServerWritableStream, UntypedServiceImplementation} from '@grpc/grpc-js';
import {status} from '@grpc/grpc-js';
import {protoRoot} from '../codec/proto.js';
import {fieldsOf} from '../codec/wire.js';
import {StatusError} from '../status/status.js';
import type {UnaryHandler} from './prediction-service.js';

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

/** Tells the state at once, and then each time that it changes, until the client goes. */
export function watchHealth(ready: () => boolean): UntypedServiceImplementation[string] {
  return (call: ServerWritableStream<Buffer, Buffer>) => {
    let told: Serving | undefined;
    let service: string;
    try {
      service = serviceOf(call.request);
    } catch {
      call.emit('error', {code: status.INVALID_ARGUMENT, details: 'The message is no HealthCheckRequest'});
      return;
    }
    const tell = (): void => {
      const now = !SERVICES.has(service) ? 'SERVICE_UNKNOWN' : ready() ? 'SERVING' : 'NOT_SERVING';
      if (now !== told) call.write(encode(now));
      told = now;
    };
    tell();
    const timer = setInterval(tell, WATCH_MS).unref();
    call.on('cancelled', () => clearInterval(timer));
    call.on('close', () => clearInterval(timer));
  };
}
