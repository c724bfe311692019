import type {Optimizer, Tensor} from '@tensorflow/tfjs-node';
import {nodeBackend} from '../../recording/backend.js';
import {tf} from '../../native/index.js';

/** What tfjs's optimizers keep, as far as it is needed here. */
interface OptimizerFields {
  learningRate: number;
  /** Of SGD and momentum: minus the learning rate, as a tensor. */
  c?: Tensor;
  setLearningRate?(rate: number): void;
  iterations_?: number;
  incrementIterations(): void;
}

/** tfjs's own optimizers use the learning rate only as itself and negated; what another one does with it is unknown. */
const KNOWN = new Set<unknown>(
  [
    tf.train.sgd(1),
    tf.train.momentum(1, 0),
    tf.train.adam(),
    tf.train.adamax(),
    tf.train.adadelta(),
    tf.train.adagrad(1),
    tf.train.rmsprop(1),
  ].map(optimizer => {
    optimizer.dispose();
    return optimizer.constructor;
  }),
);

/** Numbers that no model has by chance, for finding learning rates among the constants of a recording. */
const markOf = (index: number) => Math.fround(0.001234321 + index * 1e-6);

/** The part of an optimizer's state that lies in JavaScript, where a graph cannot change it. */
export class OptimizerState {
  private readonly fields: OptimizerFields;
  private readonly known: boolean;
  private tensor: Tensor | undefined;
  private rate = NaN;
  /** What held the slots when the key was last asked for, and how often that has been replaced. */
  private holders: readonly unknown[] = [];
  private generation = 0;

  /** @param index tells the optimizers of one function apart. */
  constructor(
    readonly optimizer: Optimizer,
    private readonly index: number,
  ) {
    this.fields = optimizer as unknown as OptimizerFields;
    this.known = KNOWN.has(optimizer.constructor);
  }

  /** A graph is valid as long as this stays as it is. */
  get key(): string {
    const {learningRate, ...config} = this.optimizer.getConfig();
    // optimizer.setWeights puts new variables in the place of those that a graph updates.
    const holders = Object.values(this.fields).filter(value => Array.isArray(value) || value instanceof tf.Variable);
    if (holders.some((holder, i) => holder !== this.holders[i])) this.generation++;
    this.holders = holders;
    return JSON.stringify([this.generation, this.known ? config : {learningRate, ...config}]);
  }

  /** What the next step takes; it may have been changed since the last. */
  get learningRate(): number {
    const {c, learningRate} = this.fields;
    if (c === undefined) return learningRate;
    if (c !== this.tensor) {
      this.tensor = c;
      this.rate = -(nodeBackend().readSync(c.dataId)[0] as number);
    }
    return this.rate;
  }

  /** Counts a step that a graph has made. */
  count(): void {
    this.fields.incrementIterations();
  }

  /** Gives the optimizer a learning rate that can be told in a recording. The function that is returned takes it back. */
  mark(): () => void {
    const {iterations_} = this.fields;
    const rate = this.learningRate;
    const field = this.fields.learningRate;
    if (this.known) this.set(markOf(this.index));
    return () => {
      if (this.known) this.set(rate);
      this.fields.learningRate = field;
      if (iterations_ === undefined) delete this.fields.iterations_;
      else this.fields.iterations_ = iterations_;
    };
  }

  /** Whether a scalar of a recording is the marked learning rate: 1, its negative: -1, or neither: 0. */
  marked(value: number): 1 | -1 | 0 {
    const mark = markOf(this.index);
    return !this.known ? 0 : value === mark ? 1 : value === -mark ? -1 : 0;
  }

  private set(rate: number): void {
    if (this.fields.setLearningRate) this.fields.setLearningRate(rate);
    else this.fields.learningRate = rate;
  }
}

/** Tells which optimizers `call` makes a step with. */
export function optimizersOf<T>(call: () => T): {result: T; used: ReadonlySet<Optimizer>} {
  const used = new Set<Optimizer>();
  const seam = tf.Optimizer.prototype as unknown as {incrementIterations(this: Optimizer): void};
  const {incrementIterations} = seam;
  seam.incrementIterations = function () {
    used.add(this);
    incrementIterations.call(this);
  };
  try {
    return {result: call(), used};
  } finally {
    seam.incrementIterations = incrementIterations;
  }
}
