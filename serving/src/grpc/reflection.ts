import type {Server} from '@grpc/grpc-js';
import type {PackageDefinition} from '@grpc/proto-loader';
import {ReflectionService} from '@grpc/reflection';
import {protoRoot} from '../codec/proto.js';
import {fileDescriptors} from './descriptors.js';

/** Server reflection: generic clients (grpcurl, Postman) learn the services from the server itself. */
export function addReflection(server: Server): void {
  const fileDescriptorProtos = fileDescriptors(protoRoot).map(bytes => Buffer.from(bytes));
  // Of a package definition the service reads the descriptors alone.
  const files = {format: '', type: {}, fileDescriptorProtos} as unknown as PackageDefinition[string];
  new ReflectionService({files}).addToServer(server);
}
