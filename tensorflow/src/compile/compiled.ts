import type {Optimizer, Tensor} from '@tensorflow/tfjs-node';
import {CaptureError} from '../capture/errors.js';
import {isRecording} from '../capture/recorder.js';
import {tf} from '../native/index.js';
import {TensorFlowError} from '../session/index.js';
import {CompileError} from './error.js';
import {optimizersOf, OptimizerState} from './learning-rate.js';
import {Program} from './program.js';
import {trace} from './trace.js';

export interface CompiledOptions {
  /** What the function is called in the line that says why it runs op by op. */
  readonly name: string;
  readonly warn?: ((message: string) => void) | undefined;
  /** Number of different shapes that graphs are kept for; the one that was not used for longest goes first. */
  readonly maxPrograms?: number;
}

/**
 * A function of tensors that runs as a graph, one for each combination of input shapes. The first call with new shapes
 * runs op by op, so that variables and optimizer slots are made and a shape that comes once costs no graph. Where no
 * graph is possible, every call runs op by op.
 */
export class CompiledFunction {
  private readonly programs = new Map<string, Program | 'seen'>();
  private optimizers: readonly OptimizerState[] = [];
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
    let program = this.programs.get(key);
    if (program === undefined) {
      const {result, used} = optimizersOf(() => this.fn(inputs));
      for (const optimizer of used) this.know(optimizer);
      this.programs.set(this.key(inputs), 'seen');
      return result;
    }
    try {
      if (program === 'seen') program = new Program(trace(this.fn, inputs, this.optimizers), this.optimizers);
      this.remember(key, program);
      return program.run(inputs);
    } catch (error) {
      if (!(error instanceof CaptureError || error instanceof CompileError || error instanceof TensorFlowError))
        throw error;
      this.refuse(error.message);
      return this.fn(inputs);
    }
  }

  /** Frees the graphs. The function then starts anew. */
  async dispose(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    await Promise.all(programs.map(program => (program === 'seen' ? undefined : program.dispose())));
  }

  private know(optimizer: Optimizer): void {
    if (this.optimizers.some(known => known.optimizer === optimizer)) return;
    this.optimizers = [...this.optimizers, new OptimizerState(optimizer, this.optimizers.length)];
  }

  private refuse(reason: string): void {
    this.refusal = reason;
    (this.options.warn ?? console.warn)(`${this.options.name} runs op by op, which is slow: ${reason}`);
    void this.dispose();
  }

  private remember(key: string, program: Program): void {
    this.programs.delete(key);
    this.programs.set(key, program);
    const {maxPrograms = 16} = this.options;
    if (this.programs.size <= maxPrograms) return;
    const [oldest] = this.programs;
    if (oldest === undefined) return;
    this.programs.delete(oldest[0]);
    if (oldest[1] !== 'seen') void oldest[1].dispose();
  }

  private key(inputs: readonly Tensor[]): string {
    const shapes = inputs.map(({dtype, shape}) => `${dtype}[${shape.join()}]`);
    return [...shapes, ...this.optimizers.map(optimizer => optimizer.key)].join(' ');
  }
}

/** Inside a recording or a gradient, tfjs must see every op. */
function mustBeEager(): boolean {
  return isRecording() || tf.engine().state.gradientDepth > 0 || tf.getBackend() !== 'tensorflow';
}
