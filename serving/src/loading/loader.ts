import {mayUseGpu} from '@ingot/tensorflow/native/gpu';
import {
  replayGolden,
  toleranceOfGpus,
  type GoldenTensors,
  type LoadedModel,
  type SignatureSpec,
} from '@ingot/tensorflow/session';
import {bounded} from '../batching/bounded-model.js';
import {CautiousModel} from '../batching/cautious-model.js';
import type {Named} from '../batching/rows.js';
import {readSignatureDefs} from '../codec/saved-model.js';
import type {Engine} from '../engine/engine.js';
import {onceMore} from '../engine/once-more.js';
import {RestingModel} from '../memory/resting-model.js';
import {StatusError} from '../status/status.js';
import type {Servable} from '../lifecycle/servable.js';
import type {FirstRuns} from './first-runs.js';
import {RecentRuns} from './recent-runs.js';
import {takeOver} from './take-over.js';
import type {CheckedFiles} from './files/checked-files.js';
import {checkFiles} from './files/check-files.js';
import {READ_HERE, type VersionReader} from './files/version-reader.js';

export interface LoadRequest {
  readonly model: string;
  readonly version: bigint;
  readonly folder: string;
  /** As they must be whenever it is loaded. */
  readonly files: CheckedFiles;
  /** Told when it is gone, after it was loaded, and cannot be loaded again: see the engine's `LoadOptions`. */
  readonly onLost?: (reason: unknown) => void;
  /** What the version that answers now was asked last; null when none does. */
  readonly before?: RecentRuns | null;
}

/** Runs the requests that a version brings along to warm itself up. @throws when one fails. */
export type WarmUp = (servable: Servable, folder: string) => Promise<void>;

/** Told of what is loaded and run, for metrics. */
export interface LoadObserver {
  loaded(folder: string, succeeded: boolean, micros: number): void;
  ran(model: string, signature: string, spec: SignatureSpec | undefined, micros: number): void;
}

/** How runs of requests are batched on their way to a model. */
export interface LoaderBatching {
  add(loaded: LoadedModel, request: LoadRequest): Promise<LoadedModel>;
  /** Batch a signature only once it was seen that its answers do not depend on the batch; null to trust all. */
  readonly cautious: {onDependent(model: string, version: bigint, signature: string): void} | null;
  /** Runs of a signature that there may be at once, whether they wait or not; no limit unless given. */
  readonly mostRuns?: number;
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
    private readonly batching: LoaderBatching = {add: async model => model, cautious: null},
    /** Puts a cache of answers in front of a version; null for none. */
    private readonly cached: ((loaded: LoadedModel, model: string) => LoadedModel) | null = null,
    /** Runs versions that nobody has asked; null to leave that to clients. */
    private readonly firstRuns: FirstRuns | null = null,
    readonly reader: VersionReader = READ_HERE,
  ) {}

  /** @throws an error with the reason why this version must not be served; nothing stays loaded. */
  async load(request: LoadRequest): Promise<Servable> {
    const started = performance.now();
    let succeeded = false;
    try {
      const checked = await this.loadChecked(request);
      const {model, loaded} = checked;
      const servable = {...checked, loaded: this.cached?.(loaded, model) ?? loaded};
      succeeded = true;
      return servable;
    } finally {
      this.observer.loaded(request.folder, succeeded, (performance.now() - started) * 1000);
    }
  }

  private async loadChecked(request: LoadRequest): Promise<Servable> {
    const {model, version, folder, files, onLost, before} = request;
    const {reader} = this;
    await checkFiles(folder, reader);
    const golden = await reader.golden(folder);
    const loaded = await this.engine.load(folder, {
      model,
      tags: this.tags,
      background: true,
      check: () => files.check(reader),
      ...(onLost && {onLost}),
    });
    const quiet = inBackground(loaded);
    try {
      if (golden !== null) {
        const tolerance = mayUseGpu() ? toleranceOfGpus(golden.tolerance) : golden.tolerance;
        const {mismatches} = await replayGolden(quiet, {...golden, tolerance});
        if (mismatches.length > 0) throw new StatusError('FAILED_PRECONDITION', mismatches.join(' '));
      }
      const recentRuns = new RecentRuns();
      const alone = bounded(this.observed(model, loaded, recentRuns), this.batching.mostRuns ?? Infinity);
      const servable: Servable = {
        model,
        version,
        loaded: alone,
        signatureDefs: readSignatureDefs(loaded.signatureDefs),
        memory: loaded instanceof RestingModel ? loaded.memory : null,
        copies: () => loaded.copies ?? [],
        notBatched: NONE,
        recentRuns,
      };
      const samples = golden === null ? new Map<string, Named[]>() : goldenInputs(golden);
      await this.warmUp?.({...servable, loaded: recording(inBackground(alone), samples)}, folder);
      const askedBefore = before?.all ?? [];
      await takeOver(quiet, askedBefore);
      // One that may leave memory is not brought back for that.
      if (askedBefore.length === 0 && servable.memory === null) void this.firstRuns?.add(quiet, samples);
      const batched = await this.batching.add(alone, request);
      if (batched === alone) return {...servable, loaded: onceMore(alone)};
      if (!this.batching.cautious) return {...servable, loaded: batched};
      const cautious = new CautiousModel(onceMore(alone), batched, quiet, signature =>
        this.batching.cautious?.onDependent(model, version, signature),
      );
      for (const [signature, inputs] of samples) await cautious.tryWith(signature, inputs);
      for (const {signature, inputs} of askedBefore) await cautious.tryWith(signature, [inputs]);
      return {...servable, loaded: cautious, notBatched: cautious.dependent};
    } catch (error) {
      await loaded.dispose();
      throw error;
    }
  }

  private observed(model: string, loaded: LoadedModel, recentRuns: RecentRuns): LoadedModel {
    const {observer} = this;
    return {
      signatures: loaded.signatures,
      async run(signature, inputs, options) {
        const started = performance.now();
        const outputs = await loaded.run(signature, inputs, options);
        observer.ran(model, signature, loaded.signatures[signature], (performance.now() - started) * 1000);
        recentRuns.note(signature, inputs, options ?? {});
        return outputs;
      },
      dispose: () => loaded.dispose(),
    };
  }
}

type Samples = Map<string, Named[]>;

const NONE: ReadonlySet<string> = new Set();
const MAX_SAMPLES = 100;

function goldenInputs({samples}: GoldenTensors): Samples {
  const bySignature: Samples = new Map();
  for (const {signature, inputs} of samples) {
    bySignature.set(signature, [...(bySignature.get(signature) ?? []), inputs]);
  }
  return bySignature;
}

/** The model, with the inputs of its runs noted: requests that warm it up are samples of what it takes. */
function recording(loaded: LoadedModel, samples: Samples): LoadedModel {
  return {
    signatures: loaded.signatures,
    run(signature, inputs, options) {
      const known = samples.get(signature) ?? [];
      if (known.length < MAX_SAMPLES) samples.set(signature, [...known, inputs]);
      return loaded.run(signature, inputs, options);
    },
    dispose: () => loaded.dispose(),
  };
}

/** The model, for runs that no client waits for. */
function inBackground(loaded: LoadedModel): LoadedModel {
  return {
    signatures: loaded.signatures,
    run: (signature, inputs, options) => loaded.run(signature, inputs, {...options, background: true}),
    dispose: () => loaded.dispose(),
  };
}
