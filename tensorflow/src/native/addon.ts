import {createRequire} from 'node:module';
import {existsSync} from 'node:fs';
import {prepareForServing} from './environment.js';
import {NativeBuildError} from './error.js';

/**
 * The addon as its C++ (tensorflow/addon/) defines it. Tensors travel as three values in a row: the number of the dtype,
 * the shape, the data; a NativeTensor as 0, null and itself. Errors have the canonical code as the number `status`.
 */
export interface Addon {
  readonly NativeTensor: new (dtype: number, shape: readonly number[], data: unknown) => NativeTensorHandle;
  readonly Profiler: new (options: Uint8Array) => ProfilerHandle;
  version(): string;
  listDevices(config: Uint8Array): Device[];
  /** The second value is a MetaGraphDef of which only signature_def is left. */
  loadSavedModel(
    dir: string,
    tags: readonly string[],
    config: Uint8Array,
  ): Promise<[session: SessionHandle, signatures: Uint8Array]>;
  loadGraphDef(graphDef: Uint8Array, config: Uint8Array): Promise<SessionHandle>;
  loadGraphDefSync(graphDef: Uint8Array, config: Uint8Array): SessionHandle;
}

export interface ProfilerHandle {
  /** The time from here to the next call has that name in the recording: "NAME#KEY=VALUE,KEY=VALUE#". */
  mark(name?: string): void;
  /** Ends the recording; once. */
  collect(): Promise<Uint8Array>;
}

export interface Device {
  /** e.g. "/job:localhost/replica:0/task:0/device:GPU:0" */
  readonly name: string;
  /** "CPU", "GPU"... */
  readonly type: string;
  readonly memoryBytes: number;
}

export interface SessionHandle {
  prepare(
    feeds: readonly string[],
    fetches: readonly string[],
    keep: readonly string[],
    targets: readonly string[],
  ): StepHandle;
  /** Shape is null for an unknown rank; -1 is an unknown size. */
  describe(tensor: string): [dtype: number, shape: number[] | null];
  /** Waits for running steps. */
  close(): Promise<void>;
}

export interface StepHandle {
  /** `cancelled`: its first element is set to 1 when nobody wants the result any more. */
  run(feeds: readonly unknown[], deadlineMs?: number, cancelled?: Int32Array): Promise<unknown[]>;
  /** `pooled`: ops may run side by side, on TensorFlow's threads. */
  runSync(feeds: readonly unknown[], pooled?: boolean): unknown[];
}

export interface NativeTensorHandle {
  readonly dtype: number;
  readonly shape: number[];
  readonly byteLength: number;
  toHost(): unknown;
  dispose(): void;
}

/** Where `buildNative()` puts the addon and `addon()` loads it from. */
export const ADDON_FILE = new URL('./ingot.node', import.meta.url).pathname;

/** The same for the engine, a program. */
export const ENGINE_FILE = new URL('./ingot-engine', import.meta.url).pathname;

/** The same for what reads numbers, an addon without TensorFlow. */
export const NUMBERS_FILE = new URL('./ingot-numbers.node', import.meta.url).pathname;

/** Whether this package was installed from a registry or an archive, and is no part of a checkout of Ingot. */
export const IS_INSTALLED = ADDON_FILE.includes('/node_modules/');

/** What builds the native parts. */
export const BUILD = IS_INSTALLED ? 'npx ingot-tensorflow-build' : 'node tensorflow/lib/native/main.js';

let loaded: Addon | undefined;

/** @throws NativeBuildError when it was not built for this TensorFlow and this Node. */
export function addon(): Addon {
  if (loaded) return loaded;
  if (!existsSync(ADDON_FILE)) {
    throw new NativeBuildError(`The native addon is not built. Build it: ${BUILD}`);
  }
  prepareForServing();
  try {
    loaded = createRequire(import.meta.url)(ADDON_FILE) as Addon;
  } catch (error) {
    throw new NativeBuildError(
      `The native addon cannot be loaded: ${(error as Error).message}. ` +
        `Was TensorFlow moved or updated? Build it again: ${BUILD}`,
      {cause: error},
    );
  }
  return loaded;
}
