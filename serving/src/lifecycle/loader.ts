import {replayGolden, type LoadedModel, type SignatureSpec} from '@ingot/tensorflow/session';
import {readSignatureDefs} from '../codec/saved-model.js';
import type {Engine} from '../engine/engine.js';
import {RestingModel} from '../memory/resting-model.js';
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

/** Told of what is loaded and run, for metrics. */
export interface LoadObserver {
  loaded(folder: string, succeeded: boolean, micros: number): void;
  ran(model: string, signature: SignatureSpec | undefined, micros: number): void;
}

/**
 * Makes a servable of a version folder: checksums, load, golden samples, warm-up. Only what passes all of them may answer.
 */
export class Loader {
  constructor(
    private readonly engine: Engine,
    private readonly tags: readonly string[],
    private readonly warmUp: WarmUp | null,
    private readonly observer: LoadObserver,
    /** What runs of requests go through on their way to the model, in a version's folder: batching. */
    private readonly between: (model: LoadedModel, folder: string) => Promise<LoadedModel> = async model => model,
  ) {}

  /** @throws an error with the reason why this version must not be served; nothing stays loaded. */
  async load(request: LoadRequest): Promise<Servable> {
    const started = performance.now();
    let succeeded = false;
    try {
      const servable = await this.loadChecked(request);
      succeeded = true;
      return servable;
    } finally {
      this.observer.loaded(request.folder, succeeded, (performance.now() - started) * 1000);
    }
  }

  private async loadChecked({model, version, folder}: LoadRequest): Promise<Servable> {
    await checkFiles(folder);
    const golden = await readGolden(folder);
    const loaded = await this.engine.load(folder, {tags: this.tags});
    try {
      if (golden !== null) {
        const {mismatches} = await replayGolden(loaded, golden);
        if (mismatches.length > 0) throw new StatusError('FAILED_PRECONDITION', mismatches.join(' '));
      }
      const signatureDefs = readSignatureDefs(loaded.signatureDefs);
      const servable = {
        model,
        version,
        loaded: await this.between(this.observed(model, loaded), folder),
        signatureDefs,
        memory: loaded instanceof RestingModel ? loaded.memory : null,
      };
      await this.warmUp?.(servable, folder);
      return servable;
    } catch (error) {
      await loaded.dispose();
      throw error;
    }
  }

  private observed(model: string, loaded: LoadedModel): LoadedModel {
    const {observer} = this;
    return {
      signatures: loaded.signatures,
      async run(signature, inputs, options) {
        const started = performance.now();
        const outputs = await loaded.run(signature, inputs, options);
        observer.ran(model, loaded.signatures[signature], (performance.now() - started) * 1000);
        return outputs;
      },
      dispose: () => loaded.dispose(),
    };
  }
}
