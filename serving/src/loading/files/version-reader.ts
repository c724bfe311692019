import {hashFile, type FileHash} from '@ingot/tensorflow/contract/hash';
import type {GoldenTensors} from '@ingot/tensorflow/session';
import type {WarmUpRecord} from './warm-up-records.js';

/** Reads of a version's files what takes the longer the larger they are. */
export interface VersionReader {
  hash(file: string): Promise<FileHash>;
  /** The ops in the graphs of a version's folder: see `listOps`. */
  ops(folder: string): Promise<readonly string[]>;
  /** As `readGolden`. */
  golden(folder: string): Promise<GoldenTensors | null>;
  /** As `readWarmUp`. */
  warmUp(folder: string): Promise<readonly WarmUpRecord[] | null>;
  /** As `modelSize`. */
  size(folder: string): Promise<number>;
}

/** In this thread. What the modules need takes long to load for a thread that only hashes: each is loaded when it is asked. */
export const READ_HERE: VersionReader = {
  hash: hashFile,
  ops: async folder => (await (await import('@ingot/tensorflow/session')).listOps(folder)).ops,
  golden: async folder => (await import('./golden-samples.js')).readGolden(folder),
  warmUp: async folder => (await import('./warm-up-records.js')).readWarmUp(folder),
  size: async folder => (await import('../../memory/model-size.js')).modelSize(folder),
};
