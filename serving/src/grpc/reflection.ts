import type protobuf from 'protobufjs';
import {WireReader, WireWriter, BYTES} from '../codec/wire.js';
import {CODES} from '../status/status.js';
import {protoFiles, type ProtoFile} from './descriptors.js';
import type {StreamHandler} from './protocol/handler.js';

/**
 * grpc.reflection.{v1,v1alpha}.ServerReflection, which are alike: generic clients (grpcurl, Postman) learn the services from
 * the server itself (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md).
 */

/** Field numbers of ServerReflectionRequest and ServerReflectionResponse. */
const REQUEST = {host: 1, fileName: 3, symbol: 4, extension: 5, extensionNumbers: 6, services: 7} as const;
const RESPONSE = {host: 1, request: 2, files: 4, extensionNumbers: 5, services: 6, error: 7} as const;

/** @param services the names of those that are served */
export function reflectionService(root: protobuf.Root, services: () => readonly string[]): StreamHandler {
  const files = new Files(protoFiles(root));
  return async call => {
    for await (const message of call.messages) await call.write(answer(message, files, services));
  };
}

class Files {
  private readonly byName: ReadonlyMap<string, ProtoFile>;
  private readonly bySymbol = new Map<string, ProtoFile>();

  constructor(all: readonly ProtoFile[]) {
    this.byName = new Map(all.map(file => [file.name, file]));
    for (const file of all) for (const symbol of file.symbols) this.bySymbol.set(symbol, file);
  }

  named(name: string): ProtoFile | undefined {
    return this.byName.get(name);
  }

  defining(symbol: string): ProtoFile | undefined {
    return this.bySymbol.get(symbol);
  }

  /** A file and all that it imports, so that a client need not ask for each. */
  withImports(file: ProtoFile, found = new Set<ProtoFile>()): Set<ProtoFile> {
    if (found.has(file)) return found;
    found.add(file);
    for (const name of file.imports) {
      const imported = this.byName.get(name);
      if (imported !== undefined) this.withImports(imported, found);
    }
    return found;
  }
}

function answer(message: Buffer, files: Files, services: () => readonly string[]): Buffer {
  const {host, kind, text} = readRequest(message);
  const writer = new WireWriter();
  const fail = (code: number, what: string): WireWriter =>
    writer.message(RESPONSE.error, error => error.text(2, what).varint(1, code));
  const tell = (file: ProtoFile | undefined, what: string): WireWriter =>
    file === undefined
      ? fail(CODES.NOT_FOUND, `There is no ${what} here`)
      : writer.message(RESPONSE.files, inner => {
          for (const {bytes} of [...files.withImports(file)].reverse()) inner.bytes(1, bytes);
        });
  switch (kind) {
    case REQUEST.fileName:
      tell(files.named(text), `file "${text}"`);
      break;
    case REQUEST.symbol:
      tell(files.defining(text), `symbol "${text}"`);
      break;
    case REQUEST.services:
      writer.message(RESPONSE.services, list => {
        for (const name of services().toReversed()) list.message(1, service => service.text(1, name));
      });
      break;
    case REQUEST.extensionNumbers:
      // proto3 knows no extensions.
      if (files.defining(text) === undefined) fail(CODES.NOT_FOUND, `There is no message "${text}" here`);
      else writer.message(RESPONSE.extensionNumbers, inner => inner.text(1, text));
      break;
    case REQUEST.extension:
      fail(CODES.NOT_FOUND, 'There are no extensions here');
      break;
    default:
      fail(CODES.INVALID_ARGUMENT, 'The request asks for nothing');
  }
  return writer.bytes(RESPONSE.request, message).text(RESPONSE.host, host).finish();
}

/** What is asked: the number of the last field of the oneof, and its text. @throws StatusError INVALID_ARGUMENT */
function readRequest(message: Buffer): {host: string; kind: number; text: string} {
  const read = {host: '', kind: 0, text: ''};
  const reader = new WireReader(message);
  while (!reader.done) {
    const {field, type} = reader.tag();
    if (type !== BYTES) {
      reader.skip(type);
      continue;
    }
    const text = reader.text();
    if (field === REQUEST.host) read.host = text;
    else if (field >= REQUEST.fileName && field <= REQUEST.services) [read.kind, read.text] = [field, text];
  }
  return read;
}
