import type {LoadedSavedModel} from '@ingot/tensorflow/session';

export interface LoadOptions {
  /** The tags of the meta graph to load, e.g. ["serve"]. */
  readonly tags: readonly string[];
}

/** What loads SavedModels and runs them, off the event loop. The life cycle decides what is loaded and when. */
export interface Engine {
  /** @throws an error with a canonical `code` and a reason to show to people. */
  load(directory: string, options: LoadOptions): Promise<LoadedSavedModel>;
  /** Frees what it holds. No model is used afterwards. */
  close(): Promise<void>;
}
