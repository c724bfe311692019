import {fileURLToPath} from 'node:url';
import type {Server} from '@grpc/grpc-js';
import {loadSync} from '@grpc/proto-loader';
import {ReflectionService} from '@grpc/reflection';
import {PROTO_FILES} from '../codec/proto.js';

/** Server reflection: generic clients (grpcurl, Postman) learn the services from the server itself. */
export function addReflection(server: Server): void {
  const includeDirs = [fileURLToPath(new URL('../../proto/', import.meta.url))];
  new ReflectionService(loadSync([...PROTO_FILES], {includeDirs, keepCase: true, longs: String})).addToServer(server);
}
