import type {Tensor} from '@tensorflow/tfjs-node';
import type {HostValues, OpAttr} from './backend.js';

/** Where a tensor of a recording comes from. Shapes are concrete; `dtype` is TensorFlow's DataType enum. */
export type Value = NodeOutput | HostConstant | NamedInput | External;

interface Described {
  readonly dtype: number;
  readonly shape: readonly number[];
  /** Whether its values differ from call to call: it depends on a named input (or on any external, where asked). */
  readonly varies: boolean;
}
export interface NodeOutput extends Described {
  readonly kind: 'node';
  readonly node: RecordedNode;
  readonly index: number;
}
/** Values that entered from JavaScript while the function ran. */
export interface HostConstant extends Described {
  readonly kind: 'constant';
  readonly values: HostValues;
  /** Its values come from `Math.random`, directly or through tfjs's unseeded random ops: they differ from call to call. */
  readonly drawn: boolean;
  /** What `RecordOptions.draw` told of it. */
  readonly draw: unknown;
  readonly stack: string | undefined;
}
export interface NamedInput extends Described {
  readonly kind: 'input';
  readonly name: string;
}
/** A tensor that existed before: a weight, an optimizer's slot. `tensor` shares its data; `dataId` tells which one it is. */
export interface External extends Described {
  readonly kind: 'external';
  readonly dataId: object;
  readonly tensor: Tensor;
  /** A variable's. */
  readonly name: string | undefined;
}

export interface RecordedNode {
  readonly op: string;
  readonly attrs: readonly OpAttr[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly NodeOutput[];
  /** The call stack, when asked for with `stacks`. Formatting it is slow: read it for an error only. */
  readonly trace: {readonly stack?: string} | undefined;
}

export interface RecordOptions {
  /** Tensors that stand for what is fed, by name. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  /** Externals are state that changes between calls (training), so reading a tensor made from them is refused too. */
  readonly externalsVary?: boolean;
  /** Keep a stack per node and constant, for errors. Default true. */
  readonly stacks?: boolean;
  /**
   * Hold externals until `release`, and node outputs that vary with nothing and have at most so many elements, so that
   * `read` can give their values.
   */
  readonly keep?: number | undefined;
  /**
   * The number of this recording among those that are compared. Sizes that depend on values are then made to differ from
   * one to the other; without it, the ops that make such are refused.
   */
  readonly trial?: number;
  /** Asked when values enter from JavaScript: what is known of them. */
  readonly draw?: () => unknown;
}

export interface Recording<T> {
  readonly result: T;
  /** In the order of execution, which is topological. */
  readonly nodes: readonly RecordedNode[];
  readonly externals: readonly External[];
  /**
   * Where a live tensor comes from: one that `fn` returned or kept, or one that was there before (then an external, also
   * when `fn` did not use it). After a training step, `valueOf(variable)` is the variable's new state.
   * A tensor that lies in JavaScript only is a constant.
   */
  valueOf(tensor: Tensor): Value;
  /** Values of a constant, external or (with `keep`) a node output that varies with nothing. */
  read(value: Value): HostValues;
  /** Frees what `keep` holds. Calling it again does nothing. */
  release(): void;
  /**
   * Frees what `keep` holds but for the externals, and hands these over: the function that is returned frees them. It does
   * not keep the recording in memory.
   */
  handOver(): () => void;
}
