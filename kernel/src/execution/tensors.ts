/** tfjs keeps its engine here, whichever package loaded it (tfjs-core/src/engine.ts). */
interface TensorFlowGlobals {
  _tfengine?: {readonly memory: () => {readonly numTensors: number; readonly numBytes: number}};
}

const LEAK_TENSORS = 1000;

/** Watches how many tensors live, when TensorFlow.js is loaded. */
export class TensorWatch {
  #before = 0;

  begin(): void {
    this.#before = memory()?.numTensors ?? 0;
  }

  /** A sentence when the cell left so many more tensors alive that a loop must have forgotten to dispose of them. */
  warning(): string | undefined {
    const now = memory();
    const left = (now?.numTensors ?? 0) - this.#before;
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

function memory() {
  return (globalThis as TensorFlowGlobals)._tfengine?.memory();
}
