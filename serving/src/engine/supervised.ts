import {setTimeout as sleep} from 'node:timers/promises';
import {EngineLostError, EngineProcess, type EngineOptions} from '@ingot/tensorflow/engine';
import type {SessionOptions} from '@ingot/tensorflow/session';
import type {Log} from '../log.js';
import {StatusError} from '../status/status.js';
import type {Engine, EngineRecording, LoadOptions} from './engine.js';
import {SupervisedModel} from './supervised-model.js';

export interface SupervisedOptions extends EngineOptions {
  readonly session: SessionOptions;
  readonly log: Log;
  /** What the log calls it. */
  readonly name?: string;
}

/** Between two starts, when the one before did not last. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** What TensorFlow takes with the first model and never gives back. */
const FIRST_MODEL_BYTES = 5 * 2 ** 20;
/** One that lasted so long owes nothing to those before it. */
const LASTED_MS = 60_000;

/**
 * Runs models in a process of its own, and starts another when that one ends: its models are loaded again, runs that come
 * meanwhile wait for that, and runs that were in it are rejected with EngineLostError.
 */
export class SupervisedEngine implements Engine {
  readonly losses = new Map<string, number>();
  private readonly models = new Set<SupervisedModel>();
  private process: EngineProcess | null = null;
  private started: Promise<EngineProcess>;
  private settleStarted!: {resolve: (process: EngineProcess) => void; reject: (error: unknown) => void};
  /** What the process had allocated before there was a model; null until that is known. */
  private emptyBytes: number | null = null;
  private closing = false;
  private readonly ending = new AbortController();
  private readonly kept: Promise<void>;

  constructor(private readonly options: SupervisedOptions) {
    this.started = this.nextStart();
    this.kept = this.keep();
  }

  get ready(): boolean {
    return this.process !== null && [...this.models].every(model => model.ready);
  }

  async load(
    folder: string,
    {tags, background = false, check, onLost = () => undefined}: LoadOptions,
  ): Promise<SupervisedModel> {
    const load = async (process: EngineProcess, inBackground = false) => {
      await check?.();
      return process.load(folder, {...this.options.session, tags, background: inBackground});
    };
    const first = await this.started;
    const loaded = await load(first, background).catch(async error => {
      // It may have been another's fault: once more, in the next one. If it was its own, that ends, too.
      if (!(error instanceof EngineLostError) || this.closing) throw error;
      await first.ended;
      return load(await this.started);
    });
    const model = new SupervisedModel(loaded, load, this.options.log, onLost, () => this.models.delete(model));
    this.models.add(model);
    // It may have ended between the answer and now.
    if (this.process !== null && !loaded.isIn(this.process)) void model.moveTo(this.process);
    return model;
  }

  readonly record = async (options: Uint8Array): Promise<EngineRecording[]> => {
    const recording = await (await this.started).record(options);
    return [{engine: this.options.name ?? '', end: () => recording.end()}];
  };

  /** What models and their runs have allocated now; 0 while there is no process. */
  async allocatedBytes(): Promise<number> {
    const {process, emptyBytes} = this;
    if (process === null || emptyBytes === null) return 0;
    // One that ends meanwhile has given it all back.
    return Math.max(0, (await process.allocatedBytes().catch(() => 0)) - emptyBytes - FIRST_MODEL_BYTES);
  }

  /** The devices that TensorFlow finds: "cpu", "gpu:0" and so on. */
  async devices(): Promise<string[]> {
    const devices = await (await this.started).devices(this.options.session);
    const gpus = devices.filter(({type}) => type === 'GPU');
    return ['cpu', ...gpus.map((_, i) => `gpu:${i}`)];
  }

  async close(): Promise<void> {
    this.closing = true;
    this.ending.abort();
    await this.process?.close();
    await this.kept;
  }

  /** Until it is closed: start, load what is wanted again, wait for the end. Never rejects. */
  private async keep(): Promise<void> {
    const {log, name} = this.options;
    const what = name === undefined ? 'the engine' : `the engine of ${name}`;
    for (let failures = 0; !this.closing; failures++) {
      const began = performance.now();
      try {
        const process = await EngineProcess.start(this.options);
        this.process = process;
        this.emptyBytes = null;
        // Asked before the first load; an engine that ends before it answers is found out below.
        process.allocatedBytes().then(
          bytes => (this.emptyBytes = bytes),
          () => undefined,
        );
        this.settleStarted.resolve(process);
        for (const model of this.models) void model.moveTo(process);
        const end = await process.ended;
        this.process = null;
        this.started = this.nextStart();
        for (const model of this.models) model.leave();
        if (this.closing) break;
        this.losses.set(end.kind, (this.losses.get(end.kind) ?? 0) + 1);
        log('error', `${what} has ended (${end.reason}); starting another one`);
        if (performance.now() - began > LASTED_MS) failures = 0;
      } catch (error) {
        log('error', `${what} does not start: ${error instanceof Error ? error.message : String(error)}`);
        this.settleStarted.reject(error);
        this.started = this.nextStart();
      }
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      await sleep(failures === 0 ? 0 : pause, undefined, {signal: this.ending.signal}).catch(() => undefined);
    }
    this.settleStarted.reject(new StatusError('UNAVAILABLE', 'the server is being stopped'));
  }

  private nextStart(): Promise<EngineProcess> {
    const started = new Promise<EngineProcess>((resolve, reject) => (this.settleStarted = {resolve, reject}));
    // Nobody may be waiting for it.
    started.catch(() => undefined);
    return started;
  }
}
