import {addon, type SessionHandle, type StepHandle} from '../native/addon.js';
import {runLimited} from './limits.js';
import type {CancelSignal} from './loaded-model.js';
import {dtypeName, fetchedTensor, keptTensor, native, tensorFlowError, toNative} from './marshal.js';
import type {NativeTensor} from './native-tensor.js';
import {configOf, type SessionOptions} from './options.js';
import type {TensorSpec} from '../tensor/signature.js';
import type {HostTensor} from '../tensor/tensor.js';

/** Names as in a GraphDef: "node" or "node:1" for a tensor, "node" for a target. */
export interface StepSpec {
  readonly feeds: readonly string[];
  /** Tensors that come back as host memory. */
  readonly fetches?: readonly string[];
  /** Tensors that come back as NativeTensor. */
  readonly keep?: readonly string[];
  /** Nodes that only have to run (assignments, initialisers). */
  readonly targets?: readonly string[];
}

export interface StepResult {
  /** In the order of `StepSpec.fetches`. */
  readonly fetched: readonly HostTensor[];
  /** In the order of `StepSpec.keep`; the caller disposes of them. */
  readonly kept: readonly NativeTensor[];
}

export interface StepOptions {
  readonly deadlineMs?: number;
  readonly signal?: CancelSignal;
}

/** A set of feeds, fetches and targets whose names are resolved already. Valid as long as its session. */
export interface Step {
  /** Off the event loop; several may run at once. Host data must not change until the promise settles. */
  run(feeds: readonly (HostTensor | NativeTensor)[], options?: StepOptions): Promise<StepResult>;
  /**
   * While the caller waits: for callers that are synchronous by contract (a tfjs kernel).
   * @param pooled ops run side by side on TensorFlow's threads, which pays for large graphs; else on the calling thread.
   */
  runSync(feeds: readonly (HostTensor | NativeTensor)[], pooled?: boolean): StepResult;
}

/** A graph and its state (variables, tables) in one TensorFlow session. */
export interface GraphSession {
  /** @throws TensorFlowError NOT_FOUND when the graph has no such node or output. */
  prepare(step: StepSpec): Step;
  /** Waits for running steps, then frees graph, state and memory. Calling it again does nothing. */
  dispose(): Promise<void>;
}

/**
 * A session of a serialized GraphDef.
 * @throws TensorFlowError INVALID_ARGUMENT when the graph is not valid; NativeBuildError when the addon is not built.
 */
export function createGraphSession(graphDef: Uint8Array, options: SessionOptions = {}): GraphSession {
  const config = configOf(options);
  return new HandledSession(native(() => addon().loadGraphDefSync(graphDef, config)));
}

/** The same, with the work off the event loop: for graphs with large constants. */
export async function loadGraphSession(graphDef: Uint8Array, options: SessionOptions = {}): Promise<GraphSession> {
  const config = configOf(options);
  try {
    return new HandledSession(await addon().loadGraphDef(graphDef, config));
  } catch (error) {
    throw tensorFlowError(error);
  }
}

/** Wraps the addon's session. */
export class HandledSession implements GraphSession {
  private disposed: Promise<void> | undefined;

  constructor(private readonly handle: SessionHandle) {}

  prepare(step: StepSpec): Step {
    const {feeds, fetches = [], keep = [], targets = []} = step;
    return new HandledStep(
      native(() => this.handle.prepare(feeds, fetches, keep, targets)),
      fetches.length,
    );
  }

  /** Dtype and shape of a tensor of the graph. */
  describe(name: string): TensorSpec {
    const [dtype, shape] = native(() => this.handle.describe(name));
    return {dtype: dtypeName(dtype), shape, tensorName: name};
  }

  dispose(): Promise<void> {
    return (this.disposed ??= this.handle.close());
  }
}

class HandledStep implements Step {
  constructor(
    private readonly handle: StepHandle,
    private readonly fetches: number,
  ) {}

  async run(feeds: readonly (HostTensor | NativeTensor)[], options: StepOptions = {}): Promise<StepResult> {
    const {deadlineMs, signal} = options;
    if (deadlineMs === undefined && signal === undefined) {
      try {
        return this.result(await this.handle.run(toNative(feeds)));
      } catch (error) {
        throw tensorFlowError(error);
      }
    }
    return this.result(await runLimited(this.handle, toNative(feeds), options));
  }

  runSync(feeds: readonly (HostTensor | NativeTensor)[], pooled = false): StepResult {
    return this.result(native(() => this.handle.runSync(toNative(feeds), pooled)));
  }

  private result(values: readonly unknown[]): StepResult {
    const fetched: HostTensor[] = [];
    const kept: NativeTensor[] = [];
    for (let i = 0; i < values.length / 3; i++) {
      if (i < this.fetches) fetched.push(fetchedTensor(values, i));
      else kept.push(keptTensor(values, i));
    }
    return {fetched, kept};
  }
}
