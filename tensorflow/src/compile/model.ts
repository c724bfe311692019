import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {CompiledFunction} from './compiled.js';
import {throwIfInterrupted} from './interrupt.js';
import {Rows} from './rows.js';

export type TensorsFunction = (inputs: Tensor[]) => Tensor[];
type Predict = (inputs: Tensor[], batchSize: number) => Tensor | Tensor[];

/** What is asked of a model of tfjs. */
export interface ModelFacts {
  readonly name: string;
  /** Those of nested models are theirs. `stateful`: keeps state from batch to batch. */
  readonly layers: readonly {readonly name: string; readonly stateful: boolean}[];
}

/** The compiled functions of one model. Made anew when `model.compile` is called again: losses and optimizer are others then. */
export class CompiledModel {
  private train: CompiledFunction | undefined;
  private test: CompiledFunction | undefined;
  private predict: CompiledFunction | undefined;
  private saidStateful = false;

  constructor(
    private readonly model: ModelFacts,
    private readonly warn: ((message: string) => void) | undefined,
  ) {}

  /** @param eager one training step: inputs, targets and, maybe, sample weights to the loss and metrics */
  trainFunction(eager: TensorsFunction): TensorsFunction {
    const train = (this.train ??= this.compiled('training', eager));
    return data => {
      throwIfInterrupted();
      if (this.isStateful()) return eager(data);
      const {given, filled} = withoutHoles(data);
      try {
        return train.call(given) as Tensor[];
      } finally {
        tf.dispose(filled);
      }
    };
  }

  /** @param eager the losses and metrics of one batch, without training */
  testFunction(eager: TensorsFunction): TensorsFunction {
    const test = (this.test ??= this.compiled('evaluation', eager));
    return data => {
      throwIfInterrupted();
      return this.isStateful() ? eager(data) : (test.call(data) as Tensor[]);
    };
  }

  /** The outputs for all rows of the inputs, batch by batch. */
  predictLoop(eager: Predict, inputs: Tensor | Tensor[], batchSize: number): Tensor | Tensor[] {
    const all = Array.isArray(inputs) ? inputs : [inputs];
    const rows = all[0]?.shape[0] ?? 0;
    if (rows === 0 || !Rows.canCut(all) || this.isStateful()) return eager(all, batchSize);
    const predict = (this.predict ??= this.compiled('prediction', batch => {
      const outputs = eager(batch, batch[0]?.shape[0] ?? batchSize);
      return Array.isArray(outputs) ? outputs : [outputs];
    }));
    const outputs = tf.tidy(() => {
      if (rows <= batchSize) return [...predict.call(all)];
      const cut = all.map(tensor => new Rows(tensor));
      const batches: Tensor[][] = [];
      for (let row = 0; row < rows; row += batchSize) {
        throwIfInterrupted();
        const batch = cut.map(tensor => tensor.range(row, Math.min(row + batchSize, rows)));
        batches.push([...predict.call(batch)]);
      }
      return (batches[0] as Tensor[]).map((_, i) => tf.concat(batches.map(outputs => outputs[i] as Tensor)));
    });
    return outputs.length === 1 ? (outputs[0] as Tensor) : outputs;
  }

  dispose(): void {
    for (const compiled of [this.train, this.test, this.predict]) void compiled?.dispose();
    this.train = this.test = this.predict = undefined;
  }

  /** State that a layer keeps in JavaScript is none that a graph could update; said once. */
  private isStateful(): boolean {
    const layer = this.model.layers.find(({stateful}) => stateful);
    if (layer !== undefined && !this.saidStateful) {
      this.saidStateful = true;
      (this.warn ?? console.warn)(
        `The model ${this.model.name} runs op by op, which is slow: its layer ${layer.name} is stateful, it keeps state from batch to batch`,
      );
    }
    return layer !== undefined;
  }

  private compiled(what: string, eager: TensorsFunction): CompiledFunction {
    return new CompiledFunction(eager, {name: `The ${what} of ${this.model.name}`, warn: this.warn});
  }
}

/**
 * tfjs passes nothing in the place of sample weights that are not given; those in between become ones.
 * @returns `filled` is to be disposed of.
 */
function withoutHoles(data: readonly (Tensor | null | undefined)[]): {given: Tensor[]; filled: Tensor[]} {
  let length = data.length;
  while (length > 0 && data[length - 1] == null) length--;
  const filled: Tensor[] = [];
  const given = data.slice(0, length).map(tensor => {
    if (tensor != null) return tensor;
    const ones = tf.ones([data[0]?.shape[0] as number]);
    filled.push(ones);
    return ones;
  });
  return {given, filled};
}
