import {WireWriter} from '../codec/wire.js';

/** Fields of tensorflow.SavedModel and of what is in it (tensorflow/core/protobuf/saved_model.proto and what that imports). */
const SAVED_MODEL = {version: 1, metaGraph: 2};
const META_GRAPH = {info: 1, graph: 2, signature: 5};
const META_INFO = {tag: 4};
const GRAPH = {node: 1, versions: 4};
const NODE = {name: 1, op: 2, input: 3, attribute: 5};
const ATTRIBUTE = {type: 6, shape: 7};
const SIGNATURE = {input: 1, output: 2, method: 3};
const TENSOR_INFO = {name: 1, dtype: 2, shape: 3};
const ENTRY = {key: 1, value: 2};

const FLOAT = 1;
/** GraphDef.versions.producer: TensorFlow 2.9's. */
const PRODUCER = 1087;
const UNKNOWN = -1;

/**
 * A SavedModel (its `saved_model.pb`, it has no other file) whose signatures each answer float32 rows with themselves.
 * @param signatures the shapes of a row by the signature's name
 */
export function echoModel(signatures: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const all = Object.entries(signatures).map(([name, row]) => ({name, shape: [UNKNOWN, ...row]}));
  return new WireWriter()
    .message(SAVED_MODEL.metaGraph, metaGraph => {
      for (const {name, shape} of all) {
        entry(metaGraph, META_GRAPH.signature, name, signature => {
          signature.text(SIGNATURE.method, 'tensorflow/serving/predict');
          entry(signature, SIGNATURE.output, 'y', info => tensor(info, `${name}_y:0`, shape));
          entry(signature, SIGNATURE.input, 'x', info => tensor(info, `${name}_x:0`, shape));
        });
      }
      metaGraph
        .message(META_GRAPH.graph, graph => {
          graph.message(GRAPH.versions, versions => versions.varint(1, PRODUCER));
          for (const {name, shape} of all) {
            node(graph, `${name}_y`, 'Identity', 'T', null, `${name}_x`);
            node(graph, `${name}_x`, 'Placeholder', 'dtype', shape);
          }
        })
        .message(META_GRAPH.info, info => info.text(META_INFO.tag, 'serve'));
    })
    .varint(SAVED_MODEL.version, 1)
    .finish();
}

function node(
  graph: WireWriter,
  name: string,
  op: string,
  typeName: string,
  shape: readonly number[] | null,
  ...inputs: readonly string[]
): void {
  graph.message(GRAPH.node, node => {
    if (shape !== null) {
      entry(node, NODE.attribute, 'shape', value => value.message(ATTRIBUTE.shape, inner => sizes(inner, shape)));
    }
    entry(node, NODE.attribute, typeName, value => value.varint(ATTRIBUTE.type, FLOAT));
    for (const input of inputs.toReversed()) node.text(NODE.input, input);
    node.text(NODE.op, op).text(NODE.name, name);
  });
}

function tensor(info: WireWriter, name: string, shape: readonly number[]): void {
  info
    .message(TENSOR_INFO.shape, inner => sizes(inner, shape))
    .varint(TENSOR_INFO.dtype, FLOAT)
    .text(TENSOR_INFO.name, name);
}

function sizes(into: WireWriter, shape: readonly number[]): void {
  for (const size of shape.toReversed()) into.message(2, dimension => dimension.varint(1, size));
}

/** One entry of a map. */
function entry(into: WireWriter, field: number, key: string, value: (into: WireWriter) => void): void {
  into.message(field, pair => pair.message(ENTRY.value, value).text(ENTRY.key, key));
}
