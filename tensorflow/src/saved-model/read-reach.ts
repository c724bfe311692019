import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Reader} from 'protobufjs';
import {readMessage, readNested, type Fields} from './wire.js';

/** What a server executes of a SavedModel: all of it when it loads and answers, not what only Python's loader would. */
export interface ServedOps {
  /** Ops behind the signatures' outputs and the initialisers, sorted; functions that they call are looked into. */
  readonly answering: readonly string[];
  /** Ops behind the restoring of variables, sorted. */
  readonly restoring: readonly string[];
  /** Nodes that restore from a file other than the one that the loader names: the SavedModel's own. */
  readonly foreignRestores: readonly string[];
}

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  /** Functions that it names in its attributes. */
  readonly functions: readonly string[];
}

interface Scope {
  readonly args: readonly string[];
  readonly nodes: ReadonlyMap<string, Node>;
}

interface MetaGraph {
  readonly main: Scope;
  readonly functions: ReadonlyMap<string, Scope>;
  readonly answers: readonly string[];
  readonly restore: string;
  readonly filename: string;
}

/** Initialisers of TensorFlow 1: collections of node names. */
const INITIALISERS = new Set(['saved_model_main_op', 'legacy_init_op']);

/**
 * Looks at every graph of a SavedModel without loading it.
 * @throws Error when there is no saved_model.pb, RangeError or Error when it is no protobuf.
 */
export async function listServedOps(dir: string): Promise<ServedOps> {
  const answering = new Set<string>();
  const restoring = new Set<string>();
  const foreignRestores = new Set<string>();
  const graphs: MetaGraph[] = [];
  readMessage(await readFile(join(dir, 'saved_model.pb')), {2: reader => graphs.push(readMetaGraph(reader))});
  for (const graph of graphs) {
    for (const {node} of reach(graph, graph.answers)) answering.add(node.op);
    const visited = reach(graph, graph.restore ? [graph.restore] : []);
    for (const {node} of visited) restoring.add(node.op);
    for (const {scope, name, node} of visited) {
      if (node.op === 'RestoreV2' && !isLoadersFile(graph, visited, scope, node.inputs[0])) foreignRestores.add(name);
    }
    for (const name of graph.functions.keys()) {
      answering.delete(name);
      restoring.delete(name);
    }
  }
  return {
    answering: [...answering].sort(),
    restoring: [...restoring].sort(),
    foreignRestores: [...foreignRestores].sort(),
  };
}

interface Visit {
  /** A function's name; '' is the graph itself. */
  readonly scope: string;
  readonly name: string;
  readonly node: Node;
}

/** Everything that runs when the named nodes of the main graph run; of a called function, all of it. */
function reach(graph: MetaGraph, names: readonly string[]): Visit[] {
  const visits: Visit[] = [];
  const seen = new Set<string>();
  const called = new Set<string>();
  const pending = names.map(nodeOf);
  const visit = (scope: string, name: string, node: Node): void => {
    visits.push({scope, name, node});
    for (const callee of [node.op, ...node.functions]) {
      const body = graph.functions.get(callee);
      if (!body || called.has(callee)) continue;
      called.add(callee);
      for (const [inner, innerNode] of body.nodes) visit(callee, inner, innerNode);
    }
  };
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = graph.main.nodes.get(name);
    if (!node || seen.has(name)) continue;
    seen.add(name);
    visit('', name, node);
    pending.push(...node.inputs.map(nodeOf));
  }
  return visits;
}

/** Whether a tensor is the file name that the loader feeds, handed on unchanged. */
function isLoadersFile(graph: MetaGraph, visits: readonly Visit[], scope: string, input = '', depth = 0): boolean {
  if (depth > 20) return false;
  const name = nodeOf(input);
  const arg = graph.functions.get(scope)?.args.indexOf(name) ?? -1;
  if (arg >= 0) {
    const calls = visits.filter(({node}) => node.op === scope || node.functions.includes(scope));
    return (
      calls.length > 0 &&
      calls.every(call => isLoadersFile(graph, visits, call.scope, call.node.inputs[arg], depth + 1))
    );
  }
  if (scope === '' && name === nodeOf(graph.filename)) return true;
  const node = (scope === '' ? graph.main : graph.functions.get(scope))?.nodes.get(name);
  return node?.op === 'Identity' && isLoadersFile(graph, visits, scope, node.inputs[0], depth + 1);
}

/** "^name", "name", "name:0" and, in functions, "name:output:0" are all of the node "name". */
function nodeOf(input: string): string {
  return input.replace(/^\^/, '').split(':', 1)[0] ?? '';
}

/** MetaGraphDef (tensorflow/core/protobuf/meta_graph.proto). */
function readMetaGraph(reader: Reader): MetaGraph {
  const nodes = new Map<string, Node>();
  const functions = new Map<string, Scope>();
  const answers: string[] = [];
  let restore = '';
  let filename = '';
  const library: Fields = {1: inner => readFunction(inner, functions)};
  const tensorInfo: Fields = {
    1: inner => answers.push(inner.string()),
    4: inner =>
      readNested(inner, {
        1: text => answers.push(text.string()),
        2: text => answers.push(text.string()),
        3: text => answers.push(text.string()),
      }),
    5: inner => readNested(inner, {2: part => readNested(part, tensorInfo)}),
  };
  const signature: Fields = {2: inner => readNested(inner, {2: value => readNested(value, tensorInfo)})};
  readNested(reader, {
    2: graph => readNested(graph, {1: node => readNode(node, nodes), 2: inner => readNested(inner, library)}),
    3: saver => readNested(saver, {1: text => (filename = text.string()), 3: text => (restore = text.string())}),
    4: entry => {
      let key = '';
      const names: string[] = [];
      const list: Fields = {1: inner => readNested(inner, {1: text => names.push(text.string())})};
      readNested(entry, {1: text => (key = text.string()), 2: value => readNested(value, list)});
      if (INITIALISERS.has(key)) answers.push(...names);
    },
    5: entry => readNested(entry, {2: value => readNested(value, signature)}),
  });
  return {main: {args: [], nodes}, functions, answers, restore, filename};
}

function readFunction(reader: Reader, functions: Map<string, Scope>): void {
  let name = '';
  const args: string[] = [];
  const nodes = new Map<string, Node>();
  readNested(reader, {
    1: definition =>
      readNested(definition, {
        1: text => (name = text.string()),
        2: arg => readNested(arg, {1: text => args.push(text.string())}),
      }),
    3: node => readNode(node, nodes),
  });
  functions.set(name, {args, nodes});
}

/** NodeDef; its attributes can name functions, singly or in lists. */
function readNode(reader: Reader, nodes: Map<string, Node>): void {
  let name = '';
  let op = '';
  const inputs: string[] = [];
  const functions: string[] = [];
  const functionName: Fields = {1: text => functions.push(text.string())};
  const attribute: Fields = {
    1: list => readNested(list, {9: inner => readNested(inner, functionName)}),
    10: inner => readNested(inner, functionName),
  };
  readNested(reader, {
    1: text => (name = text.string()),
    2: text => (op = text.string()),
    3: text => inputs.push(text.string()),
    5: entry => readNested(entry, {2: value => readNested(value, attribute)}),
  });
  nodes.set(name, {op, inputs, functions});
}
