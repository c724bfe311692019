import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {DTYPES, type Dtype} from '../session/index.js';
import {align, type Aligned, type Retrace} from './align.js';
import {nodeBackend} from '../recording/backend.js';
import {CaptureError} from '../recording/errors.js';
import {op, output, typeOf, type Graph, type GraphTensor, type InputNode} from '../graph/graph.js';
import {probeInputs} from './probe.js';
import {record, type Recording, type RecordOptions} from '../recording/record.js';
import {together} from '../graph/parts.js';
import {scaleFactors} from '../graph/scale.js';
import {MAX_FOLDED_ELEMENTS, simplify} from '../graph/simplify.js';
import {readSignature, TFJS_DTYPE, trialLadder, type InputSpecs, type Signature} from './signature.js';
import {Trials} from './unknown-sizes.js';

/** What a captured function may return: one tensor, several in order, or several by name. */
export type Outputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

export interface CaptureOptions {
  /** The name of the output when the function returns one tensor, or of each when it returns an array. */
  readonly outputs?: string | readonly string[];
}

/** A shape and dtype as a signature shows them; null is an unknown size. */
export interface TensorSignature {
  readonly dtype: Dtype;
  readonly shape: readonly (number | null)[];
}

/** A function as a graph, with the weights that it had when it was captured. */
export interface CapturedFunction {
  readonly inputs: Readonly<Record<string, TensorSignature>>;
  readonly outputs: Readonly<Record<string, TensorSignature>>;
  readonly graph: Graph;
  /** Lets go of the weights. A captured function that is no longer reachable does so by itself. */
  dispose(): void;
}

/** Written as a method, so that a function of a `Tensor2D` is taken too. */
type TensorFunction = {call(...inputs: Tensor[]): Outputs}['call'];

/**
 * Turns a function of tensors into a graph that computes the same, bit for bit, for any size of the unknown dimensions.
 * The function runs a few times, on made-up inputs of different sizes, so it should do nothing but compute.
 * A runtime that optimizes the graph (TensorFlow's Grappler, oneDNN) may round the last bit otherwise.
 *
 * @param fn takes one tensor for each input, in the order of `specs`
 * @param specs shape and dtype of each input, by name; null is an unknown size
 * @throws CaptureError naming the op and the line of the user's code that no graph can do
 */
export function capture(fn: TensorFunction, specs: InputSpecs, options: CaptureOptions = {}): CapturedFunction {
  if (typeof fn !== 'function') {
    throw new CaptureError(`capture takes a function of tensors, such as x => model.predict(x), not ${kindOf(fn)}.`);
  }
  const signature = readSignature(specs);
  const call: Call = inputs => namedOutputs(fn(...Object.values(inputs)), options.outputs);
  const {recordings, trials} = recordAll(fn, call, specs, signature);
  const [first] = recordings as [Recorded];
  try {
    const {fed, seen} = graphInputs(specs);
    const {outputs, recorded} = alignOrExplain(recordings, seen, signature, trials, r =>
      recordOne(call, probeInputs(specs, signature, trials.sizes[r] as number[], recordings.length), r, {stacks: true}),
    );
    const simple = simplify(outputs, {
      read: (node, index) => {
        const value = recorded.get(node)?.outputs[index];
        if (value === undefined || value.varies || elementCount(value.shape) > MAX_FOLDED_ELEMENTS) return undefined;
        return first.read(value);
      },
    });
    return new Captured({inputs: fed, outputs: together(scaleFactors(simple))}, first.handOver());
  } catch (error) {
    first.release();
    throw error;
  } finally {
    for (const recording of recordings) discard(recording);
  }
}

/**
 * As `align`; but where it fails, the function is recorded once more at the sizes of the first recording. If that differs
 * too, then not because of any size, and the error says so.
 */
function alignOrExplain(
  recordings: readonly Recorded[],
  inputs: Record<string, GraphTensor>,
  {unknowns}: Signature,
  trials: Trials,
  again: (trial: number) => Recorded,
): Aligned {
  const {binding} = nodeBackend();
  const retrace: Retrace = (r, i) => {
    const traced = again(r);
    discard(traced);
    return traced.nodes[i]?.trace?.stack;
  };
  try {
    return align(recordings, inputs, unknowns, trials, binding, retrace);
  } catch (error) {
    if (unknowns.length === 0) throw error;
    const repeated = again(0);
    try {
      align([recordings[0] as Recorded, repeated], inputs, [], new Trials([]), binding);
    } finally {
      discard(repeated);
    }
    throw error;
  }
}

type Recorded = Recording<Readonly<Record<string, Tensor>>> & {readonly inputs: Record<string, Tensor>};
type Call = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

/** Records the function at every trial's sizes. The first recording keeps its weights; the others are only compared. */
function recordAll(
  fn: TensorFunction,
  call: Call,
  specs: InputSpecs,
  signature: Signature,
): {recordings: Recorded[]; trials: Trials} {
  const ladder = trialLadder(signature.unknowns);
  let failure: unknown;
  for (const rung of ladder) {
    const trials = new Trials(rung);
    const recordings: Recorded[] = [];
    try {
      warmUp(fn, probeInputs(specs, signature, trials.sizes[0] as number[], 0));
      for (const [r, sizes] of trials.sizes.entries()) {
        const options = r === 0 ? {stacks: true, keep: MAX_FOLDED_ELEMENTS} : {stacks: false};
        recordings.push(recordOne(call, probeInputs(specs, signature, sizes, r), r, options));
      }
      return {recordings, trials};
    } catch (error) {
      recordings[0]?.release();
      for (const recording of recordings) discard(recording);
      if (error instanceof CaptureError) throw error;
      failure ??= error; // Perhaps a size too small for the function: the next rung tells.
    }
  }
  throw failure;
}

/** Weights are made at a model's first call: they must be there before anything is recorded. */
function warmUp(fn: TensorFunction, inputs: Record<string, Tensor>): void {
  tf.tidy(() => {
    const returned: unknown = fn(...Object.values(inputs));
    if (returned instanceof Promise) returned.catch(() => undefined); // It is refused where it is recorded.
  });
  tf.dispose(inputs);
}

/** The outputs are clones, so that disposing of them spares a weight or input that the function returned as it is. */
function recordOne(
  call: Call,
  inputs: Record<string, Tensor>,
  trial: number,
  options: Pick<RecordOptions, 'stacks' | 'keep'>,
): Recorded {
  const recording = record(
    () => Object.fromEntries(Object.entries(call(inputs)).map(([name, tensor]) => [name, tensor.clone()])),
    {inputs, trial, ...options},
  );
  return {...recording, inputs};
}

function discard({inputs, result}: Recorded): void {
  tf.dispose(inputs);
  tf.dispose({...result});
}

/** Gives every output a name, and says what is wrong with what the function returned. */
function namedOutputs(returned: unknown, names: CaptureOptions['outputs']): Record<string, Tensor> {
  const list = typeof names === 'string' ? [names] : names;
  if (returned instanceof tf.Tensor || Array.isArray(returned)) {
    const tensors: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
    if (list !== undefined && list.length !== tensors.length) {
      throw new CaptureError(
        `The function returns ${tensors.length} tensors, but ${list.length} outputs are named: ${list.join(', ')}.`,
      );
    }
    const twice = list?.find((name, i) => list.indexOf(name) !== i);
    if (twice !== undefined) throw new CaptureError(`Two outputs are named "${twice}".`);
    return checkedOutputs(Object.fromEntries(tensors.map((tensor, i) => [list?.[i] ?? `output_${i}`, tensor])));
  }
  if (typeof returned !== 'object' || returned === null || returned instanceof Promise) {
    if (returned instanceof Promise) returned.catch(() => undefined); // It fails because it is refused here.
    const what = returned instanceof Promise ? 'a promise' : returned === null ? 'null' : typeof returned;
    throw new CaptureError(
      `The function returns ${what}: return a tensor, an array of tensors, or a record of tensors by name.`,
    );
  }
  const own = Object.keys(returned);
  if (list !== undefined && !(list.length === own.length && own.every(name => list.includes(name)))) {
    throw new CaptureError(
      `The function names its outputs itself (${own.join(', ')}), and the option outputs has others: ${list.join(', ')}.`,
    );
  }
  return checkedOutputs(returned as Record<string, unknown>);
}

function kindOf(value: unknown): string {
  return value instanceof Object ? `a ${value.constructor.name}` : String(value);
}

function checkedOutputs(outputs: Record<string, unknown>): Record<string, Tensor> {
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!(tensor instanceof tf.Tensor)) throw new CaptureError(`The output "${name}" is no tensor: ${typeof tensor}.`);
    if (name === '') throw new CaptureError('An output needs a name.');
  }
  if (Object.keys(outputs).length === 0) throw new CaptureError('The function returns no tensor.');
  return outputs as Record<string, Tensor>;
}

/** A placeholder for each input, and what the function sees of it: the same, or cast to a dtype that tfjs has. */
function graphInputs(specs: InputSpecs): {fed: Record<string, InputNode>; seen: Record<string, GraphTensor>} {
  const fed: Record<string, InputNode> = {};
  const seen: Record<string, GraphTensor> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const shape = spec.shape.map(size => (typeof size === 'number' ? size : null));
    const node: InputNode = {kind: 'input', name, type: {dtype: DTYPES[spec.dtype], shape}};
    const dtype = DTYPES[TFJS_DTYPE[spec.dtype as keyof typeof TFJS_DTYPE]];
    fed[name] = node;
    seen[name] =
      dtype === node.type.dtype
        ? output(node)
        : op('Cast', {SrcT: {type: node.type.dtype}, DstT: {type: dtype}, Truncate: {b: false}}, [output(node)], {
            dtype,
            shape,
          });
  }
  return {fed, seen};
}

const forgotten = new FinalizationRegistry<() => void>(release => release());

class Captured implements CapturedFunction {
  readonly inputs: Readonly<Record<string, TensorSignature>>;
  readonly outputs: Readonly<Record<string, TensorSignature>>;

  constructor(
    readonly graph: Graph,
    private readonly release: () => void,
  ) {
    const inputs = Object.entries(graph.inputs).map(([name, node]) => [name, tensorSignature(output(node))]);
    const outputs = Object.entries(graph.outputs).map(([name, tensor]) => [name, tensorSignature(tensor)]);
    this.inputs = Object.fromEntries(inputs) as Record<string, TensorSignature>;
    this.outputs = Object.fromEntries(outputs) as Record<string, TensorSignature>;
    forgotten.register(this, this.release, this);
  }

  dispose(): void {
    forgotten.unregister(this);
    this.release();
  }
}

function tensorSignature(tensor: GraphTensor): TensorSignature {
  const {dtype, shape} = typeOf(tensor);
  return {dtype: dtypeName(dtype), shape};
}

/** The name of a DataType of TensorFlow. */
export function dtypeName(dtype: number): Dtype {
  for (const [name, value] of Object.entries(DTYPES)) if (value === dtype) return name as Dtype;
  throw new CaptureError(`A tensor has TensorFlow's data type ${dtype}, which Ingot does not know.`);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
