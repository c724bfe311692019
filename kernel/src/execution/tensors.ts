/** tfjs keeps its engine here, whichever package loaded it (tfjs-core/src/engine.ts). */
interface TensorFlowGlobals {
  _tfengine?: Engine;
}

interface Engine {
  readonly state: Depths & {
    readonly scopeStack: readonly unknown[];
    numDataMovesStack: unknown[];
    /** What a gradient that is under way keeps of its forward computation. */
    activeTape: readonly {readonly saved: readonly {dispose(): void}[]}[] | null;
  };
  memory(): {readonly numTensors: number; readonly numBytes: number};
  endScope(): void;
}

/** How deep in gradients and kernels the code is. */
interface Depths {
  gradientDepth: number;
  kernelDepth: number;
}

const LEAK_TENSORS = 1000;

/** Watches which tensors a cell leaves behind, when TensorFlow.js is loaded. */
export class TensorWatch {
  #tensors = 0;
  #scopes = 0;
  #depths: Depths = {gradientDepth: 0, kernelDepth: 0};

  begin(): void {
    const tf = engine();
    this.#tensors = tf?.memory().numTensors ?? 0;
    this.#scopes = tf?.state.scopeStack.length ?? 0;
    this.#depths = {gradientDepth: tf?.state.gradientDepth ?? 0, kernelDepth: tf?.state.kernelDepth ?? 0};
  }

  /**
   * After the cell's code was stopped by force, which runs no `finally`: ends the `tf.tidy`s and gradients that it was in,
   * and so frees their tensors. Without this no later gradient could be computed.
   */
  unwind(): void {
    const tf = engine();
    if (tf) {
      Object.assign(tf.state, this.#depths);
      tf.state.numDataMovesStack = tf.state.numDataMovesStack.slice(0, this.#depths.kernelDepth);
      while (tf.state.scopeStack.length > this.#scopes) {
        tf.endScope();
      }
      if (this.#depths.gradientDepth === 0) {
        tf.state.activeTape?.forEach(({saved}) => saved.forEach(tensor => tensor.dispose()));
        tf.state.activeTape = null;
      }
    }
  }

  /** A sentence when the cell left so many more tensors alive that a loop must have forgotten to dispose of them. */
  warning(): string | undefined {
    const now = engine()?.memory();
    const left = (now?.numTensors ?? 0) - this.#tensors;
    if (!now || left < LEAK_TENSORS) {
      return undefined;
    }
    const megabytes = (now.numBytes / 1e6).toFixed(0);
    return (
      `This cell left ${left} tensors alive (${now.numTensors} in all, ${megabytes} MB). ` +
      'If they are not needed, wrap the computation in tf.tidy(() => ...) or call dispose(); tf.memory() tells the state.\n'
    );
  }
}

function engine(): Engine | undefined {
  return (globalThis as TensorFlowGlobals)._tfengine;
}
