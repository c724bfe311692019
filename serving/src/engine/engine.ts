import type {LoadedSavedModel, Recording} from '@ingot/tensorflow/session';
import type {Device, Threads} from '../placement/options.js';

export interface LoadOptions {
  /** The model's name: what operators say of it goes by that. */
  readonly model: string;
  /** The tags of the meta graph to load, e.g. ["serve"]. */
  readonly tags: readonly string[];
  /** No request waits for it: it computes only with what runs leave of the processors, where the engine can do so. */
  readonly background?: boolean;
  /** Called before each load, those included that come later, into another engine. @throws when it must not be loaded any more */
  readonly check?: () => Promise<void>;
  /**
   * Called when it was loaded, but is not there any more and cannot be loaded again; perhaps again and again, since that is
   * tried until the model is disposed of.
   */
  readonly onLost?: (reason: unknown) => void;
}

/** One of the copies of a model, and what it is doing. */
export interface Copy {
  readonly device: Device;
  /** What is not given is as for all models. */
  readonly threads: Threads;
  /** Its placement in words. */
  readonly name: string;
  /** False while it cannot run: its engine is being started again. */
  readonly ready: boolean;
  /** Runs that it has now. */
  readonly running: number;
}

/** A model in an engine. */
export interface ServedModel extends LoadedSavedModel {
  /** Where it runs; not there when nobody says where models run, or while it is not in memory. */
  readonly copies?: readonly Copy[] | undefined;
  /** @param urgent somebody waits for its memory; else runs of other models go before it */
  dispose(urgent?: boolean): Promise<void>;
}

/** One that may be there while it cannot run. */
export interface EngineModel extends ServedModel {
  readonly ready: boolean;
}

/** What one process computes, recorded until it is ended. */
export interface EngineRecording extends Recording {
  /** Whose it is, when models have processes of their own: the placement in words; empty of the one that the others share. */
  readonly engine: string;
}

/** What loads SavedModels and runs them, off the event loop. The life cycle decides what is loaded and when. */
export interface Engine {
  /** False while models that were loaded cannot run: it has ended and is being started again. */
  readonly ready: boolean;
  /** How often it has ended unasked, by what ended it. */
  readonly losses: ReadonlyMap<string, number>;
  /** @throws an error with a canonical `code` and a reason to show to people. */
  load(directory: string, options: LoadOptions): Promise<ServedModel>;
  /**
   * Begins to record what TensorFlow computes (see `recordProfile`), in every process that it has; not there when this engine
   * cannot.
   * @throws an error with a canonical `code` when a recording is under way
   */
  readonly record?: ((options: Uint8Array) => Promise<readonly EngineRecording[]>) | undefined;
  /** What models and their runs have allocated now, in bytes; not there when this engine cannot tell. */
  allocatedBytes?(): Promise<number>;
  /** How many copies of a model are loaded; one, where it does not say. */
  copiesOf?(model: string): number;
  /** Frees what it holds. No model is used afterwards. */
  close(): Promise<void>;
}
