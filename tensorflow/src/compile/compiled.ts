import type {Optimizer, Tensor} from '@tensorflow/tfjs-node';
import {CaptureError} from '../recording/errors.js';
import {isRecording} from '../recording/record.js';
import {tf} from '../native/index.js';
import {TensorFlowError} from '../session/index.js';
import {CompileError} from './error.js';
import {Frozen} from './program/frozen.js';
import {observeNumbers} from './trace/host-numbers.js';
import {optimizersOf, OptimizerState} from './program/learning-rate.js';
import {Program} from './program/program.js';
import {trace} from './trace/trace.js';

export interface CompiledOptions {
  /** What the function is called in the line that says why it runs op by op. */
  readonly name: string;
  readonly warn?: ((message: string) => void) | undefined;
  /** Number of different shapes that graphs are kept for; the one that was not used for longest goes first. */
  readonly maxPrograms?: number;
}

/** A combination of input shapes and settings that came once, and the numbers that the function used then. */
interface Seen {
  readonly numbers: ReadonlySet<number>;
}

const MOST_PROGRAMS = 64;
const MOST_SEEN = 1024;

/** After so many calls in a row that each brought something new, it is said. */
const MANY_NEW = 32;

/**
 * A function of tensors that runs as a graph, one for each combination of input shapes. The first call with new shapes
 * runs op by op, so that variables and optimizer slots are made and a shape that comes once costs no graph. Where no
 * graph is possible, every call runs op by op.
 */
export class CompiledFunction {
  private readonly programs = new Map<string, Program>();
  private readonly seen = new Map<string, Seen>();
  private readonly frozen = new Frozen();
  private optimizers: readonly OptimizerState[] = [];
  private newInARow = 0;
  private refusal: string | undefined;

  constructor(
    private readonly fn: (inputs: Tensor[]) => readonly Tensor[],
    private readonly options: CompiledOptions,
  ) {}

  /** Why it runs op by op; undefined as long as it runs as a graph. */
  get refused(): string | undefined {
    return this.refusal;
  }

  call(inputs: Tensor[]): readonly Tensor[] {
    if (this.refusal !== undefined || mustBeEager()) return this.fn(inputs);
    const key = this.key(inputs);
    if (!this.programs.has(key) && !this.seen.has(key)) return this.first(inputs);
    try {
      return this.program(key, inputs).run(inputs);
    } catch (error) {
      if (!(error instanceof CaptureError || error instanceof CompileError || error instanceof TensorFlowError))
        throw error;
      // When the inputs are at fault, this throws what tfjs says of them, and the graph stays.
      const result = this.fn(inputs);
      this.refuse(error.message);
      return result;
    }
  }

  /** Frees the graphs. The function then starts anew. */
  async dispose(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    this.seen.clear();
    await Promise.all(programs.map(program => program.dispose()));
  }

  /** The graph for what came before. @throws CaptureError, CompileError, TensorFlowError when there is none */
  private program(key: string, inputs: Tensor[]): Program {
    this.newInARow = 0;
    const known = this.programs.get(key);
    if (known !== undefined) {
      // The one that was used last stands last.
      this.programs.delete(key);
      this.programs.set(key, known);
      return known;
    }
    const traced = trace(this.fn, inputs, this.optimizers, this.seen.get(key)?.numbers);
    const program = new Program(traced, this.optimizers);
    this.seen.delete(key);
    this.frozen.watch(traced.variables);
    this.programs.set(this.key(inputs), program);
    this.forgetOldest();
    return program;
  }

  /** Runs op by op what is new. */
  private first(inputs: Tensor[]): readonly Tensor[] {
    const {result, numbers} = observeNumbers(() => optimizersOf(() => this.fn(inputs)));
    for (const optimizer of result.used) this.know(optimizer);
    this.seen.set(this.key(inputs), {numbers});
    if (this.seen.size > MOST_SEEN) this.seen.delete(this.seen.keys().next().value as string);
    if (++this.newInARow === MANY_NEW) {
      this.warn(`each of ${MANY_NEW} calls in a row had another shape or setting, such as ${this.key(inputs)}`);
    }
    return result.result;
  }

  private know(optimizer: Optimizer): void {
    if (this.optimizers.some(known => known.optimizer === optimizer)) return;
    this.optimizers = [...this.optimizers, new OptimizerState(optimizer, this.optimizers.length)];
  }

  private refuse(reason: string): void {
    this.refusal = reason;
    this.warn(reason);
    void this.dispose();
  }

  private warn(reason: string): void {
    (this.options.warn ?? console.warn)(`${this.options.name} runs op by op, which is slow: ${reason}`);
  }

  private forgetOldest(): void {
    const [oldest] = this.programs;
    if (oldest === undefined || this.programs.size <= (this.options.maxPrograms ?? MOST_PROGRAMS)) return;
    this.programs.delete(oldest[0]);
    void oldest[1].dispose();
  }

  private key(inputs: readonly Tensor[]): string {
    const shapes = inputs.map(({dtype, shape}) => `${dtype}[${shape.join()}]`);
    return [...shapes, ...this.optimizers.map(optimizer => optimizer.key)].join(' ') + this.frozen.key;
  }
}

/** Inside a recording or a gradient, tfjs must see every op. */
function mustBeEager(): boolean {
  return isRecording() || tf.engine().state.gradientDepth > 0 || tf.getBackend() !== 'tensorflow';
}
