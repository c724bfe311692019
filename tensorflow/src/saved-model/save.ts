import {nodeBackend} from '../capture/backend.js';
import type {CapturedFunction} from '../capture/capture.js';
import {tf} from '../native/index.js';
import {makeFolder, writeFileIn} from './folder.js';
import {constNode, nameGraphs, type NamedGraph} from './graph-def.js';
import {encode} from './messages.js';

/** The version of GraphDef that is written: TensorFlow 2.9's, so that servers from then on load it. */
const GRAPH_VERSION = {producer: 1087, min_consumer: 0};

export interface SaveOptions {
  /** Files for `assets/`, by name. */
  readonly assets?: Readonly<Record<string, string | Uint8Array>>;
  /** Files for `assets.extra/`, which TensorFlow does not read, by name. */
  readonly extras?: Readonly<Record<string, string | Uint8Array>>;
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
  if (Object.keys(signatures).length === 0)
    throw new Error('A SavedModel needs at least one signature, e.g. serving_default.');
  const graphs = Object.fromEntries(Object.entries(signatures).map(([name, {graph}]) => [name, graph]));
  await makeFolder(dir, async incoming => {
    const named = nameGraphs(graphs, ({type, external}, names) => {
      const name = names.take(weightName(external.dataId));
      const values = nodeBackend().readSync(external.dataId);
      return {nodes: [constNode(name, {type, values})], tensor: name};
    });
    await writeFileIn(incoming, 'saved_model.pb', [savedModel(named)]);
    for (const [name, content] of Object.entries(options.assets ?? {}))
      await writeFileIn(incoming, `assets/${name}`, [content]);
    for (const [name, content] of Object.entries(options.extras ?? {}))
      await writeFileIn(incoming, `assets.extra/${name}`, [content]);
  });
}

function savedModel({nodes, signatures}: NamedGraph): Uint8Array {
  return encode('SavedModel', {
    saved_model_schema_version: 1,
    meta_graphs: [
      {
        meta_info_def: {
          tags: ['serve'],
          tensorflow_version: nodeBackend().binding.TF_Version,
          stripped_default_attrs: true,
        },
        graph_def: {node: nodes, versions: GRAPH_VERSION},
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

/** A variable's name, without the counters that depend on what else was made before ("dense_Dense12/kernel"). */
function weightName(dataId: object): string {
  const variable = Object.values(tf.engine().state.registeredVariables).find(variable => variable.dataId === dataId);
  return variable?.name.replace(/_[A-Z]\w*?\d+(?=\/)/g, '').replace(/^\d+$/, 'Variable') ?? 'Weight';
}
