import {
  Server,
  ServerCredentials,
  type ChannelOptions,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import {protoRoot} from '../codec/proto.js';
import {CODES, toStatusError} from '../status/status.js';
import type {TlsFiles} from '../rest/server.js';
import type {UnaryHandler} from './prediction-service.js';

/** The whole range of a signed 32-bit length, as the original has it. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;
/** Longer details are cut, as the original cuts them: they travel in a header. */
const MAX_DETAILS_BYTES = 1024;
const TRUNCATED = '...TRUNCATED';

export interface GrpcOptions {
  /** 0 for the largest that there can be. */
  readonly maxMessageBytes: number;
  /** More options of the server, by gRPC's names for them. */
  readonly channel: Readonly<Record<string, string | number>>;
}

export function createGrpcServer({maxMessageBytes, channel}: GrpcOptions): Server {
  const limit = maxMessageBytes > 0 ? maxMessageBytes : MAX_MESSAGE_BYTES;
  return new Server({
    'grpc.max_receive_message_length': limit,
    'grpc.max_send_message_length': limit,
    ...channel,
  } as ChannelOptions);
}

/** A server's method that is not unary: grpc-js's own kind of handler. */
export type StreamHandler = UntypedServiceImplementation[string];

/**
 * Adds a service of the `.proto` files. Messages go through as bytes: a malformed one is the handler's INVALID_ARGUMENT,
 * not the library's INTERNAL.
 */
export function addService(
  server: Server,
  name: string,
  unary: Readonly<Record<string, UnaryHandler>>,
  streams: Readonly<Record<string, StreamHandler>> = {},
): void {
  const service = protoRoot.lookupService(name);
  const implementation: UntypedServiceImplementation = {};
  const definition: Record<string, unknown> = {};
  for (const method of service.methodsArray) {
    const handler = unary[method.name];
    const stream = streams[method.name];
    const made = handler === undefined ? stream : answerUnary(handler);
    if (made === undefined) continue;
    implementation[method.name] = made;
    definition[method.name] = methodDefinition(name, method);
  }
  server.addService(definition as ServiceDefinition, implementation);
}

const asIs = (bytes: Buffer): Buffer => bytes;

function methodDefinition(service: string, method: protobuf.Method): object {
  return {
    path: `/${service}/${method.name}`,
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function answerUnary(handler: UnaryHandler) {
  return (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
    const deadline = Number(call.getDeadline());
    const deadlineMs = Number.isFinite(deadline) ? Math.max(1, deadline - Date.now()) : undefined;
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    handler(call.request, {deadlineMs, signal: cancelled.signal, metadata: call.metadata}).then(
      response => reply(null, response),
      (error: unknown) => reply(grpcError(error)),
    );
  };
}

/** What grpc-js makes a status of. */
export function grpcError(error: unknown): {code: status; details: string} {
  const {code, message} = toStatusError(error);
  const bytes = Buffer.from(message);
  const details =
    bytes.length <= MAX_DETAILS_BYTES ? message : `${bytes.subarray(0, MAX_DETAILS_BYTES).toString()}${TRUNCATED}`;
  return {code: CODES[code] as status, details};
}

export function credentials(tls: TlsFiles | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const pair = {private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert)};
  const roots = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  return ServerCredentials.createSsl(roots, [pair], roots !== null);
}

/** Opens a door at `address` ("host:port" or "unix:path"); returns its port. */
export function bind(server: Server, address: string, tls: TlsFiles | null): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials(tls), (error, port) => (error ? reject(error) : resolve(port)));
  });
}
