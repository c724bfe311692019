import type {WeightNode} from '../graph/graph.js';
import {DTYPES} from '../tensor/tensor.js';
import {constNode} from './graph-def.js';
import {encode, shapeProto, type NodeDef} from './messages.js';

/** The nodes that fill the variables from the checkpoint when a SavedModel is loaded. */
export interface Restore {
  readonly nodes: readonly NodeDef[];
  readonly saver: object;
  readonly collections: object;
}

/** Weights as variables: what a graph reads them by, and what restores them. */
export class Variables {
  readonly saved: {readonly name: string; readonly node: WeightNode}[] = [];

  /** A variable and a read of it, for a weight of the graph. */
  readonly nodes = (node: WeightNode, name: string): {nodes: NodeDef[]; tensor: string} => {
    const {dtype} = node.type;
    this.saved.push({name, node});
    const attr = {
      container: {s: Buffer.of()},
      dtype: {type: dtype},
      shape: {shape: shapeProto(node.type.shape)},
      shared_name: {s: Buffer.from(name)},
    };
    return {
      nodes: [
        {name, op: 'VarHandleOp', attr},
        {name: `${name}/Read`, op: 'ReadVariableOp', input: [name], attr: {dtype: {type: dtype}}},
      ],
      tensor: `${name}/Read`,
    };
  };

  /**
   * One RestoreV2 that reads every variable, and what the loaders of TensorFlow, TensorFlow Serving and Python's
   * `tf.saved_model.load` look for: the saver (which cannot save again), and the collections of variables.
   */
  restore(): Restore {
    const count = this.saved.length;
    const strings = (name: string, values: readonly string[], shape: readonly number[]) =>
      constNode(name, {type: {dtype: DTYPES.string, shape}, values: values.map(value => Buffer.from(value))});
    const assigns = this.saved.map(({name, node}, i): NodeDef => {
      const value = i === 0 ? 'restore/RestoreV2' : `restore/RestoreV2:${i}`;
      return {
        name: assignName(i),
        op: 'AssignVariableOp',
        input: [name, value],
        attr: {dtype: {type: node.type.dtype}},
      };
    });
    const nodes: NodeDef[] = [
      strings('restore/filename', ['model'], []),
      strings(
        'restore/names',
        this.saved.map(({name}) => name),
        [count],
      ),
      strings(
        'restore/slices',
        this.saved.map(() => ''),
        [count],
      ),
      {
        name: 'restore/RestoreV2',
        op: 'RestoreV2',
        input: ['restore/filename', 'restore/names', 'restore/slices'],
        attr: {dtypes: {list: {type: this.saved.map(({node}) => node.type.dtype)}}},
      },
      ...assigns,
      {name: 'restore/all', op: 'NoOp', input: assigns.map(({name}) => `^${name}`)},
    ];
    const variables = this.saved.map(({name}, i) =>
      encode('VariableDef', {
        variable_name: `${name}:0`,
        initializer_name: assignName(i),
        initial_value_name: `restore/RestoreV2:${i}`,
        snapshot_name: `${name}/Read:0`,
        is_resource: true,
        trainable: true,
      }),
    );
    return {
      nodes,
      saver: {
        filename_tensor_name: 'restore/filename:0',
        save_tensor_name: 'restore/filename:0',
        restore_op_name: 'restore/all',
        version: 2,
      },
      collections: {trainable_variables: {bytes_list: {value: variables}}, variables: {bytes_list: {value: variables}}},
    };
  }
}

function assignName(i: number): string {
  return `restore/Assign_${i}`;
}
