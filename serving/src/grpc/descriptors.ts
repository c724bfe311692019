import {relative} from 'node:path';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import {PROTO_FOLDER} from '../codec/proto.js';

/** A `.proto` file as clients of reflection need it. */
export interface ProtoFile {
  readonly name: string;
  /** Names of the files that it imports. */
  readonly imports: readonly string[];
  /** Full names of what it defines, without the dot in front. */
  readonly symbols: readonly string[];
  /** A serialized google.protobuf.FileDescriptorProto. */
  readonly bytes: Buffer;
}

/** All files of `root`. (proto-loader and protobufjs make one of each package and leave the imports out; no client can build that.) */
export function protoFiles(root: protobuf.Root): ProtoFile[] {
  const files = new Map<string, FileDescriptor>();
  const symbols = new Map<string, string[]>();
  for (const item of topLevel(root)) {
    const name = fileOf(item);
    let file = files.get(name);
    if (file === undefined) {
      const packageName = item.parent?.fullName.slice(1) ?? '';
      file = {name, package: packageName, syntax: 'proto3', dependency: [], messageType: [], enumType: [], service: []};
      files.set(name, file);
    }
    if (item instanceof protobuf.Type) file.messageType.push(messageDescriptor(item, file));
    else if (item instanceof protobuf.Enum) file.enumType.push(enumDescriptor(item));
    else file.service.push(serviceDescriptor(item, file));
    symbols.set(name, [...(symbols.get(name) ?? []), ...symbolsOf(item)]);
  }
  const {FileDescriptorProto} = descriptor;
  return [...files.values()].map(file => ({
    name: file.name,
    imports: file.dependency,
    symbols: symbols.get(file.name) ?? [],
    bytes: Buffer.from(FileDescriptorProto.encode(FileDescriptorProto.fromObject(file)).finish()),
  }));
}

/** An item and what is in it. */
function* symbolsOf(item: protobuf.ReflectionObject): Iterable<string> {
  yield item.fullName.slice(1);
  if (item instanceof protobuf.Service) for (const method of item.methodsArray) yield method.fullName.slice(1);
  if (item instanceof protobuf.Type) {
    for (const field of item.fieldsArray) yield field.fullName.slice(1);
    for (const inner of item.nestedArray) yield* symbolsOf(inner);
  }
}

interface FileDescriptor {
  readonly name: string;
  readonly package: string;
  readonly syntax: 'proto3';
  readonly dependency: string[];
  readonly messageType: object[];
  readonly enumType: object[];
  readonly service: object[];
}

type Item = protobuf.Type | protobuf.Enum | protobuf.Service;

/** What stands directly in a package, over all packages. */
function* topLevel(namespace: protobuf.NamespaceBase): Iterable<Item> {
  for (const item of namespace.nestedArray) {
    if (item instanceof protobuf.Type || item instanceof protobuf.Enum || item instanceof protobuf.Service) yield item;
    else if (item instanceof protobuf.Namespace) yield* topLevel(item);
  }
}

function fileOf(item: protobuf.ReflectionObject): string {
  let top = item;
  while (top.parent instanceof protobuf.Type) top = top.parent;
  if (top.filename) return relative(PROTO_FOLDER, top.filename);
  // protobufjs has these two of Google's files built in, and does not say which is which.
  return top.name === 'Any' ? 'google/protobuf/any.proto' : 'google/protobuf/wrappers.proto';
}

/** The full name of what is referred to; its file is one that `file` imports. */
function reference(item: protobuf.ReflectionObject, file: FileDescriptor): string {
  const from = fileOf(item);
  if (from !== file.name && !file.dependency.includes(from)) file.dependency.push(from);
  return item.fullName;
}

function messageDescriptor(type: protobuf.Type, file: FileDescriptor): object {
  const oneofs = type.oneofsArray;
  const nested = type.nestedArray;
  const maps = type.fieldsArray.filter(field => field instanceof protobuf.MapField);
  return {
    name: type.name,
    field: type.fieldsArray.map(field => ({
      ...fieldDescriptor(field, file),
      ...(field.partOf && {oneofIndex: oneofs.indexOf(field.partOf)}),
    })),
    nestedType: [
      ...nested.flatMap(item => (item instanceof protobuf.Type ? [messageDescriptor(item, file)] : [])),
      ...maps.map(map => entryDescriptor(map, file)),
    ],
    enumType: nested.flatMap(item => (item instanceof protobuf.Enum ? [enumDescriptor(item)] : [])),
    oneofDecl: oneofs.map(({name}) => ({name})),
  };
}

function fieldDescriptor(field: protobuf.Field, file: FileDescriptor): object {
  const {name, id: number} = field;
  if (field instanceof protobuf.MapField) {
    const typeName = `${field.parent?.fullName ?? ''}.${entryName(field)}`;
    return {name, number, label: 'LABEL_REPEATED', type: 'TYPE_MESSAGE', typeName};
  }
  return {name, number, label: field.repeated ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL', ...typeOf(field, file)};
}

function typeOf(field: protobuf.FieldBase, file: FileDescriptor): object {
  const {resolvedType} = field.resolve();
  if (resolvedType === null) return {type: `TYPE_${field.type.toUpperCase()}`};
  const type = resolvedType instanceof protobuf.Enum ? 'TYPE_ENUM' : 'TYPE_MESSAGE';
  return {type, typeName: reference(resolvedType, file)};
}

/** The message that protoc makes of the pairs of a map field. */
function entryDescriptor(field: protobuf.MapField, file: FileDescriptor): object {
  const optional = {label: 'LABEL_OPTIONAL'};
  return {
    name: entryName(field),
    field: [
      {...optional, name: 'key', number: 1, type: `TYPE_${field.keyType.toUpperCase()}`},
      {...optional, name: 'value', number: 2, ...typeOf(field, file)},
    ],
    options: {mapEntry: true},
  };
}

function entryName({name}: protobuf.FieldBase): string {
  return `${name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function enumDescriptor({name, values}: protobuf.Enum): object {
  return {name, value: Object.entries(values).map(([value, number]) => ({name: value, number}))};
}

function serviceDescriptor(service: protobuf.Service, file: FileDescriptor): object {
  return {
    name: service.name,
    method: service.methodsArray.map(method => {
      method.resolve();
      const {resolvedRequestType, resolvedResponseType} = method;
      return {
        name: method.name,
        inputType: resolvedRequestType && reference(resolvedRequestType, file),
        outputType: resolvedResponseType && reference(resolvedResponseType, file),
        clientStreaming: method.requestStream ?? false,
        serverStreaming: method.responseStream ?? false,
      };
    }),
  };
}
