import type {Tensor, Variable} from '@tensorflow/tfjs-node';
import {graphAttributes} from '../../graph/attributes.js';
import {nodeBackend} from '../../recording/backend.js';
import {op, output, type GraphTensor, type InputNode} from '../../graph/graph.js';
import {at} from '../../recording/errors.js';
import {record, type RecordedNode, type Recording, type Value} from '../../recording/record.js';
import {simplify} from '../../graph/simplify.js';
import {tf} from '../../native/index.js';
import {DTYPES} from '../../session/index.js';
import {convert} from './convert.js';
import {observeDraws, type Draw} from './draws.js';
import {CompileError} from '../error.js';
import {numbersOf, type Numbers} from './host-numbers.js';
import {withLeanLayerNorm} from './layer-norm.js';
import type {OptimizerState} from '../program/learning-rate.js';
import {drawInGraph} from './random-ops.js';

/** A function of tensors as a graph: data, state and the numbers that change from step to step go in. */
export interface Trace {
  /** One for each tensor that the function took. */
  readonly inputs: readonly InputNode[];
  /** One for each optimizer. */
  readonly learningRates: readonly InputNode[];
  readonly step: InputNode;
  /** Variables that go in, in the order of `stateInputs`. */
  readonly variables: readonly Variable[];
  readonly stateInputs: readonly InputNode[];
  readonly results: readonly GraphTensor[];
  /** Variables that the function assigns to, each with its new value. */
  readonly updates: readonly {readonly variable: Variable; readonly value: GraphTensor}[];
}

type Fn = (inputs: Tensor[]) => readonly Tensor[];

/**
 * Runs `fn` to record what it does, and takes back what that changed.
 * @param inputs what the function is run on
 * @param known the numbers that it used when it ran op by op; another one needs a second run, to see whether it changes
 * @throws CaptureError or CompileError when the function cannot be a graph
 */
export function trace(
  fn: Fn,
  inputs: readonly Tensor[],
  optimizers: readonly OptimizerState[],
  known?: ReadonlySet<number>,
): Trace {
  const before = Object.values(tf.engine().registeredVariables).map(variable => ({variable, value: variable.clone()}));
  const unmark = optimizers.map(optimizer => optimizer.mark());
  const draws = observeDraws();
  const copies = inputs.map(copyOf);
  const recorded = <T>(use: (recording: Recording<readonly Tensor[]>, kept: number) => T, stacks = false): T => {
    const count = tf.memory().numTensors;
    const newest = newestTensor();
    const recording = record(() => withLeanLayerNorm(() => [...fn(copies)]), {
      inputs: Object.fromEntries(copies.map((copy, i) => [`${i}`, copy])),
      externalsVary: true,
      stacks,
      draw: () => draws.take(),
    });
    // A variable or another tensor from outside, returned as it is, stays.
    const made = [...new Set(recording.result)].filter(({id}) => id > newest);
    const kept = tf.memory().numTensors - count - made.length;
    try {
      return use(recording, kept);
    } finally {
      recording.release();
      tf.dispose(made);
    }
  };
  try {
    const {graph, numbers} = recorded((recording, kept) => {
      if (kept > 0) throw new CompileError(`it keeps ${kept} tensors or makes variables in each step`);
      return {
        graph: new Tracer(recording, inputs, before, optimizers).run(),
        numbers: numbersOf(recording, optimizers),
      };
    });
    if (known && numbers.some(({value}) => !known.has(value))) {
      recorded(recording => refuseIfChanged(numbers, numbersOf(recording, optimizers)), true);
    }
    return graph;
  } finally {
    draws.stop();
    for (const restore of unmark) restore();
    for (const {variable, value} of before) {
      if (variable.dataId !== value.dataId && !variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    tf.dispose(copies);
  }
}

/** @param second of the same function, with the places where they come from */
function refuseIfChanged(first: Numbers, second: Numbers): void {
  const changed = first.findIndex(({value}, i) => value !== second[i]?.value);
  if (changed === -1 && first.length === second.length) return;
  const [before, after] = [first[changed], second[changed]];
  const change = before && after ? ` (${before.value}, then ${after.value})${at(after.from.stack)}` : '';
  throw new CompileError(
    `it computes a number in JavaScript that changes from step to step${change}: keep it in a tf.variable instead`,
  );
}

/** Tensors are numbered: those that are made from now on have a larger id. */
function newestTensor(): number {
  const newest = tf.scalar(0);
  newest.dispose();
  return newest.id;
}

/** Data of its own, so that an input is told from another one that happens to be the same tensor. */
function copyOf(tensor: Tensor): Tensor {
  const {dataId, shape, dtype} = tensor;
  if (dtype === 'complex64') return tf.keep(tf.tidy(() => tf.complex(tf.real(tensor), tf.imag(tensor))));
  const backend = nodeBackend();
  const copy = backend.write(backend.readSync(dataId), [...shape], dtype);
  return tf.keep(tf.engine().makeTensorFromTensorInfo({dataId: copy, shape, dtype}));
}

class Tracer {
  private readonly nodes = new Map<RecordedNode, readonly GraphTensor[]>();
  private readonly fixed = new Map<Value | object, GraphTensor>();
  private readonly states = new Map<object, InputNode>();
  private readonly variableOf: Map<object, Variable>;
  private readonly inputs: InputNode[];
  private readonly learningRates: readonly InputNode[];
  private readonly step = input('step', DTYPES.int32, []);
  private readonly seed = Math.floor(Math.random() * 2 ** 31);
  private draws = 0;

  constructor(
    private readonly recording: Recording<readonly Tensor[]>,
    inputs: readonly Tensor[],
    private readonly before: readonly {readonly variable: Variable; readonly value: Tensor}[],
    private readonly optimizers: readonly OptimizerState[],
  ) {
    this.variableOf = new Map(before.map(({variable, value}) => [value.dataId, variable]));
    this.learningRates = optimizers.map((_, i) => input(`learning_rate_${i}`, DTYPES.float32, []));
    this.inputs = inputs.map(({dtype, shape}, i) => input(`input_${i}`, DTYPES[dtype], shape));
  }

  run(): Trace {
    const {binding} = nodeBackend();
    for (const node of this.recording.nodes) {
      const attrs = graphAttributes(
        node.op,
        node.attrs,
        node.inputs.map(({dtype}) => dtype),
        binding,
      );
      const inputs = node.inputs.map(value => this.tensor(value));
      const outputs = node.outputs.map(({dtype, shape}) => ({dtype, shape}));
      this.nodes.set(node, convert({name: node.op, attrs, inputs, outputs}));
    }
    const changed = this.before.filter(({variable, value}) => variable.dataId !== value.dataId);
    const lost = changed.find(({variable}) => variable.isDisposed);
    if (lost) throw new CompileError(`it disposes of the variable ${lost.variable.name}`);
    const complex = changed.find(({variable}) => variable.dtype === 'complex64');
    if (complex) throw new CompileError(`it updates ${complex.variable.name}, a variable of complex numbers`);
    const outputs: Record<string, GraphTensor> = {};
    this.recording.result.forEach((tensor, i) => (outputs[`result_${i}`] = this.valueOf(tensor)));
    changed.forEach(({variable}, i) => (outputs[`update_${i}`] = this.valueOf(variable)));
    const simple = simplify(outputs, {read: () => undefined});
    return {
      inputs: this.inputs,
      learningRates: this.learningRates,
      step: this.step,
      variables: [...this.states.keys()].map(dataId => this.variableOf.get(dataId) as Variable),
      stateInputs: [...this.states.values()],
      results: this.recording.result.map((_, i) => simple[`result_${i}`] as GraphTensor),
      updates: changed.map(({variable}, i) => ({variable, value: simple[`update_${i}`] as GraphTensor})),
    };
  }

  private valueOf(tensor: Tensor): GraphTensor {
    return this.tensor(this.recording.valueOf(tensor));
  }

  private tensor(value: Value): GraphTensor {
    switch (value.kind) {
      case 'node':
        return this.nodes.get(value.node)?.[value.index] as GraphTensor;
      case 'input':
        return output(this.inputs[Number(value.name)] as InputNode);
      case 'external':
        return this.variableOf.has(value.dataId)
          ? output(this.state(value.dataId, value.dtype, value.shape))
          : this.once(value.dataId, () => this.constant(value));
      case 'constant':
        return this.once(value, () => this.constant(value));
    }
  }

  private state(dataId: object, dtype: number, shape: readonly number[]): InputNode {
    let node = this.states.get(dataId);
    if (node === undefined) this.states.set(dataId, (node = input(`state_${this.states.size}`, dtype, shape)));
    return node;
  }

  private once(key: Value | object, make: () => GraphTensor): GraphTensor {
    let tensor = this.fixed.get(key);
    if (tensor === undefined) this.fixed.set(key, (tensor = make()));
    return tensor;
  }

  /** A tensor that is the same in every step, but for learning rates and random numbers. */
  private constant(value: Extract<Value, {kind: 'constant' | 'external'}>): GraphTensor {
    const {dtype, shape} = value;
    if (value.kind === 'constant' && (value.draw !== undefined || value.drawn)) {
      const draw = (value.draw ?? {kind: 'other'}) as Draw;
      if (draw.kind === 'other' || dtype !== DTYPES.float32) {
        throw new CompileError(
          'it draws random numbers in a way that no graph can (Math.random, tf.rand, whole numbers)' +
            at(value.kind === 'constant' ? value.stack : undefined),
        );
      }
      return drawInGraph(draw, shape, this.step, (this.seed + this.draws++) | 0);
    }
    if (value.kind === 'external' && !nodeBackend().tensorMap.has(value.dataId)) {
      throw new CompileError('it replaces a tensor that it keeps from step to step: keep a tf.variable instead');
    }
    const values = this.recording.read(value);
    if (dtype === DTYPES.float32 && values.length === 1) {
      for (const [i, optimizer] of this.optimizers.entries()) {
        const sign = optimizer.marked(values[0] as number);
        const rate = output(this.learningRates[i] as InputNode);
        if (sign === 1) return rate;
        if (sign === -1) return op('Neg', {T: {type: dtype}}, [rate], {dtype, shape: []});
      }
    }
    return output({kind: 'const', type: {dtype, shape}, values});
  }
}

function input(name: string, dtype: number, shape: readonly number[]): InputNode {
  return {kind: 'input', name, type: {dtype, shape}};
}
