import type {layers, serialization, Shape, Tensor, Tensor3D} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';

export interface TransformerBlockOptions {
  /** How many attention heads; the width of the input must divide by it. */
  readonly heads: number;
  /** Width of the feed-forward network's hidden layer. */
  readonly hidden: number;
  readonly seed?: number;
  readonly name?: string;
}

type Weights = Readonly<Record<'query' | 'key' | 'value' | 'out' | 'up' | 'upBias' | 'down' | 'downBias', Variable>>;
type Variable = ReturnType<layers.Layer['addWeight']>;

/**
 * [b, tokens, width] -> the same: self-attention and a feed-forward network, each with normalised input and a residual
 * connection (Vaswani et al., "Attention Is All You Need", 2017; pre-norm as in Xiong et al., 2020).
 */
export class TransformerBlock extends tf.layers.Layer {
  static className = 'IngotTransformerBlock';
  readonly #options: TransformerBlockOptions;
  #weights: Weights | undefined;

  constructor(options: TransformerBlockOptions) {
    super(options.name === undefined ? {} : {name: options.name});
    this.#options = options;
  }

  override build(inputShape: Shape | Shape[]): void {
    const {heads, hidden, seed = 1} = this.#options;
    const width = (inputShape as Shape)[2] ?? 0;
    if (width % heads !== 0) throw new RangeError(`${width} features cannot be shared by ${heads} attention heads.`);
    let next = seed;
    const kernel = (name: string, shape: Shape) =>
      this.addWeight(name, shape, 'float32', tf.initializers.glorotUniform({seed: next++}));
    const bias = (name: string, size: number) => this.addWeight(name, [size], 'float32', tf.initializers.zeros());
    this.#weights = {
      query: kernel('query', [width, width]),
      key: kernel('key', [width, width]),
      value: kernel('value', [width, width]),
      out: kernel('out', [width, width]),
      up: kernel('up', [width, hidden]),
      upBias: bias('up_bias', hidden),
      down: kernel('down', [hidden, width]),
      downBias: bias('down_bias', width),
    };
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor3D;
      const attended = input.add(this.#attend(normalise(input))) as Tensor3D;
      return attended.add(this.#feedForward(normalise(attended)));
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override getConfig(): serialization.ConfigDict {
    const {heads, hidden, seed = 1} = this.#options;
    return {...super.getConfig(), heads, hidden, seed};
  }

  #attend(input: Tensor3D): Tensor3D {
    const {query, key, value, out} = this.#built();
    const {heads} = this.#options;
    const [, tokens = 0, width = 0] = input.shape as [number, number, number];
    const split = (weight: Variable) =>
      project(input, weight)
        .reshape([-1, tokens, heads, width / heads])
        .transpose([0, 2, 1, 3]);
    const scores = split(query)
      .matMul(split(key), false, true)
      .div(Math.sqrt(width / heads));
    const mixed = scores.softmax().matMul(split(value)).transpose([0, 2, 1, 3]).reshape([-1, tokens, width]);
    return project(mixed as Tensor3D, out);
  }

  #feedForward(input: Tensor3D): Tensor3D {
    const {up, upBias, down, downBias} = this.#built();
    return project(project(input, up).add(upBias.read()).relu() as Tensor3D, down).add(downBias.read());
  }

  #built(): Weights {
    if (this.#weights === undefined) throw new Error('The block has no weights before its first call.');
    return this.#weights;
  }
}
tf.serialization.registerClass(TransformerBlock);

/** Zero mean and unit variance over the features of each token. */
function normalise(input: Tensor3D): Tensor3D {
  const {mean, variance} = tf.moments(input, -1, true);
  return input.sub(mean).div(variance.add(1e-5).sqrt());
}

/** [b, tokens, n] times [n, m]; as one matrix product, which is the quickest way. */
function project(input: Tensor3D, weight: Variable): Tensor3D {
  const [, tokens, width] = input.shape;
  const kernel = weight.read();
  return input
    .reshape([-1, width])
    .matMul(kernel as never)
    .reshape([-1, tokens, kernel.shape[1] ?? 0]);
}

/**
 * A transformer block for `tf.sequential` and the functional API.
 *
 * ```ts
 * const attended = ingot.layers.transformerBlock({heads: 2, hidden: 32}).apply(tokens) as tf.SymbolicTensor;
 * ```
 */
export function transformerBlock(options: TransformerBlockOptions): TransformerBlock {
  return new TransformerBlock(options);
}
