import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Reader} from 'protobufjs';
import {readMessage, readNested, type Fields} from './wire.js';

export interface OpUse {
  /** Ops that TensorFlow executes, e.g. "MatMul", in the graph and in its functions. Sorted. */
  readonly ops: readonly string[];
  /** Names of the functions in the library: an op of such a name is a call. Sorted. */
  readonly functions: readonly string[];
}

/**
 * What the graphs of a SavedModel would execute, without loading it: loading one runs its initialisers already.
 * @throws Error when there is no saved_model.pb, RangeError or Error when it is no protobuf.
 */
export async function listOps(dir: string): Promise<OpUse> {
  const ops = new Set<string>();
  const functions = new Set<string>();
  const node: Fields = {2: reader => ops.add(reader.string())};
  const signature: Fields = {1: reader => functions.add(reader.string())};
  const definition: Fields = {
    1: reader => readNested(reader, signature),
    3: reader => readNested(reader, node),
  };
  // FunctionDefLibrary: function = 1; GraphDef: node = 1, library = 2; MetaGraphDef: graph_def = 2; SavedModel: meta_graphs = 2.
  const library: Fields = {1: reader => readNested(reader, definition)};
  const graph: Fields = {1: reader => readNested(reader, node), 2: reader => readNested(reader, library)};
  const metaGraph: Fields = {2: (reader: Reader) => readNested(reader, graph)};
  readMessage(await readFile(join(dir, 'saved_model.pb')), {2: reader => readNested(reader, metaGraph)});
  for (const name of functions) ops.delete(name);
  return {ops: [...ops].sort(), functions: [...functions].sort()};
}
