import type {Tensor} from '@tensorflow/tfjs-node';
import type {InputSpecs} from '../../capture/signature.js';

/** A function of tensors that is captured and saved, for tests. */
export interface Case {
  readonly name: string;
  readonly specs: InputSpecs;
  /** A kernel of tfjs-node that the function must reach. */
  readonly kernel?: string;
  /** What capture says when no graph can do it. */
  readonly refused?: RegExp;
  /** Makes the function anew, its weights with it. */
  make(): (...inputs: Tensor[]) => Tensor | Record<string, Tensor>;
}
