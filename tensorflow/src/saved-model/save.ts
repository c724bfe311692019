import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {nodeBackend, type HostValues} from '../recording/backend.js';
import type {CapturedFunction} from '../capture/capture.js';
import type {Graph, WeightNode} from '../graph/graph.js';
import {sorted, typeOf} from '../graph/graph.js';
import {DTYPES} from '../tensor/tensor.js';
import {writeCheckpoint} from './checkpoint.js';
import {makeFolder, writeFileIn} from './folder.js';
import {bytesOf, constNode, nameGraphs, type NamedGraph} from './graph-def.js';
import {encode} from './messages.js';
import {Variables} from './variables.js';

/** The version of GraphDef that is written: TensorFlow 2.9's, so that servers from then on load it. */
const GRAPH_VERSION = {producer: 1087, min_consumer: 0};

/** Weights that take more bytes together are variables. A constant is faster, but a protobuf holds 2 GB at most. */
const MAX_CONSTANT_BYTES = 32 * 2 ** 20;

/** A weight this small is a constant also when the others are variables. */
const SMALL_WEIGHT_BYTES = 1024;

/** What TensorFlow looks up for its own ends (tensorflow/cc/saved_model/constants.h). */
const RESERVED = /^__saved_model_/;

export interface SaveOptions {
  /** Files for `assets/`, by name: their text or bytes. */
  readonly assets?: Readonly<Record<string, string | Uint8Array>>;
  /** Files for `assets.extra/`, which TensorFlow does not read, by name: their text or bytes. */
  readonly extras?: Readonly<Record<string, string | Uint8Array>>;
  /** Whether weights are constants of the graph or variables in a checkpoint. Default: by their size. */
  readonly weights?: 'constants' | 'variables';
}

/**
 * Writes captured functions as a TensorFlow SavedModel (tag `serve`) that TensorFlow Serving and Python load. The folder
 * appears at once and complete. The same captured functions give the same bytes.
 *
 * @param dir must not be there yet, or be empty
 * @param signatures captured functions by the name of their signature, usually one `serving_default`
 * @throws Error when the folder is taken, a name is not possible, or the disk is full; nothing is left behind then
 */
export async function saveSavedModel(
  dir: string,
  signatures: Readonly<Record<string, CapturedFunction>>,
  options: SaveOptions = {},
): Promise<void> {
  check(signatures, options.weights);
  const graphs = Object.fromEntries(Object.entries(signatures).map(([name, {graph}]) => [name, graph]));
  await makeFolder(dir, async incoming => {
    const variables = new Variables();
    const asVariable = weightPolicy(graphs, options.weights);
    const named = nameGraphs(graphs, (node, names) => {
      const name = names.take(weightName(node));
      if (asVariable(node)) return variables.nodes(node, name);
      return {nodes: [constNode(name, {type: node.type, values: read(node)})], tensor: name};
    });
    await writeFileIn(incoming, 'saved_model.pb', [savedModel(named, variables)]);
    if (variables.saved.length > 0) {
      await mkdir(path.join(incoming, 'variables'));
      await writeCheckpoint(
        path.join(incoming, 'variables'),
        variables.saved.map(({name, node}) => ({
          name,
          dtype: node.type.dtype,
          shape: node.external.shape,
          values: () => bytesOf(read(node) as Exclude<HostValues, Uint8Array[]>),
        })),
      );
    }
    for (const [name, content] of Object.entries(options.assets ?? {}))
      await writeFileIn(path.join(incoming, 'assets'), name, [content]);
    for (const [name, content] of Object.entries(options.extras ?? {}))
      await writeFileIn(path.join(incoming, 'assets.extra'), name, [content]);
  });
}

/** JavaScript may pass what the types forbid. */
function check(signatures: Readonly<Record<string, CapturedFunction | undefined>>, weights: unknown): void {
  if (Object.keys(signatures).length === 0)
    throw new Error('A SavedModel needs at least one signature, e.g. serving_default.');
  for (const [name, captured] of Object.entries(signatures)) {
    if (name === '' || RESERVED.test(name)) {
      throw new Error(`A signature cannot be named "${name}": TensorFlow uses such names itself. Use serving_default.`);
    }
    if (captured?.graph === undefined) {
      throw new Error(`The signature "${name}" must be a captured function: capture(x => model.predict(x), {x: ...}).`);
    }
  }
  if (weights !== undefined && weights !== 'constants' && weights !== 'variables') {
    throw new Error(`weights is ${JSON.stringify(weights)}; it can be 'constants' or 'variables'.`);
  }
}

function savedModel({nodes, signatures}: NamedGraph, variables: Variables): Uint8Array {
  const restore = variables.saved.length > 0 ? variables.restore() : undefined;
  return encode('SavedModel', {
    saved_model_schema_version: 1,
    meta_graphs: [
      {
        meta_info_def: {
          tags: ['serve'],
          tensorflow_version: nodeBackend().binding.TF_Version,
          stripped_default_attrs: true,
        },
        graph_def: {node: [...nodes, ...(restore?.nodes ?? [])], versions: GRAPH_VERSION},
        saver_def: restore?.saver,
        collection_def: restore?.collections ?? {},
        signature_def: Object.fromEntries(
          Object.entries(signatures).map(([name, signature]) => [
            name,
            {...signature, method_name: 'tensorflow/serving/predict'},
          ]),
        ),
      },
    ],
  });
}

/** Which weights are variables. Strings are constants: there are never many. */
function weightPolicy(
  graphs: Readonly<Record<string, Graph>>,
  wanted: SaveOptions['weights'],
): (node: WeightNode) => boolean {
  if (wanted === 'constants') return () => false;
  if (wanted === 'variables') return ({type}) => type.dtype !== DTYPES.string;
  const sizes = new Map<object, number>();
  for (const {outputs} of Object.values(graphs)) {
    for (const node of sorted(Object.values(outputs)))
      if (node.kind === 'weight') sizes.set(node.external.dataId, byteSize(node));
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return node => total > MAX_CONSTANT_BYTES && byteSize(node) > SMALL_WEIGHT_BYTES && node.type.dtype !== DTYPES.string;
}

function byteSize(node: WeightNode): number {
  const {dtype, shape} = typeOf({node, index: 0});
  const width = dtype === DTYPES.bool ? 1 : dtype === DTYPES.complex64 ? 8 : 4;
  return shape.reduce<number>((product, size) => product * (size ?? 0), width);
}

function read(node: WeightNode): HostValues {
  try {
    return nodeBackend().readSync(node.external.dataId);
  } catch (cause) {
    throw new Error(
      `The weight "${weightName(node)}" cannot be read: was the captured function disposed of? Capture it again, save it, then dispose.`,
      {cause},
    );
  }
}

/** A variable's name, without the counters that depend on what else was made before ("dense_Dense12/kernel"). */
function weightName({external}: WeightNode): string {
  return external.name?.replace(/_[A-Z]\w*?\d+(?=\/)/g, '').replace(/^\d+$/, 'Variable') ?? 'Weight';
}
