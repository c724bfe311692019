import type {LoadedSavedModel, Recording} from '@ingot/tensorflow/session';

export interface LoadOptions {
  /** The tags of the meta graph to load, e.g. ["serve"]. */
  readonly tags: readonly string[];
}

/** What loads SavedModels and runs them, off the event loop. The life cycle decides what is loaded and when. */
export interface Engine {
  /** False while models that were loaded cannot run: it has ended and is being started again. */
  readonly ready: boolean;
  /** How often it has ended unasked, by what ended it. */
  readonly losses: ReadonlyMap<string, number>;
  /** @throws an error with a canonical `code` and a reason to show to people. */
  load(directory: string, options: LoadOptions): Promise<LoadedSavedModel>;
  /**
   * Begins to record what TensorFlow computes (see `recordProfile`); not there when this engine cannot.
   * @throws an error with a canonical `code` when a recording is under way
   */
  readonly record?: (options: Uint8Array) => Recording | Promise<Recording>;
  /** Frees what it holds. No model is used afterwards. */
  close(): Promise<void>;
}
