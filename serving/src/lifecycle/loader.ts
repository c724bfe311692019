import {replayGolden} from '@ingot/tensorflow/session';
import {readSignatureDefs} from '../codec/saved-model.js';
import type {Engine} from '../engine/engine.js';
import {StatusError} from '../status/status.js';
import type {Servable} from './servable.js';
import {readGolden, checkFiles} from './version-folder.js';

export interface LoadRequest {
  readonly model: string;
  readonly version: bigint;
  readonly folder: string;
}

/** Runs the requests that a version brings along to warm itself up. @throws when one fails. */
export type WarmUp = (servable: Servable, folder: string) => Promise<void>;

/**
 * Makes a servable of a version folder: checksums, load, golden samples, warm-up. Only what passes all of them may answer.
 */
export class Loader {
  constructor(
    private readonly engine: Engine,
    private readonly tags: readonly string[],
    private readonly warmUp: WarmUp | null,
  ) {}

  /** @throws an error with the reason why this version must not be served; nothing stays loaded. */
  async load({model, version, folder}: LoadRequest): Promise<Servable> {
    await checkFiles(folder);
    const golden = await readGolden(folder);
    const loaded = await this.engine.load(folder, {tags: this.tags});
    try {
      if (golden !== null) {
        const {mismatches} = await replayGolden(loaded, golden);
        if (mismatches.length > 0) throw new StatusError('FAILED_PRECONDITION', mismatches.join(' '));
      }
      const servable = {model, version, loaded, signatureDefs: readSignatureDefs(loaded.signatureDefs)};
      await this.warmUp?.(servable, folder);
      return servable;
    } catch (error) {
      await loaded.dispose();
      throw error;
    }
  }
}
