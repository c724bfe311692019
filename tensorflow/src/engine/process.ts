import {constants} from 'node:buffer';
import {spawn, type ChildProcess} from 'node:child_process';
import {existsSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import type {Duplex} from 'node:stream';
import {BUILD, ENGINE_FILE, type Device} from '../native/addon.js';
import {prepareForServing} from '../native/environment.js';
import {NativeBuildError} from '../native/error.js';
import type {Recording} from '../session/profile.js';
import {configBytes, type SessionOptions} from '../session/options.js';
import {explainLoad} from '../saved-model/diagnosis.js';
import {Channel} from './channel.js';
import type {EngineEnd} from './error.js';
import {RemoteModel, type Connection, type RunLimits} from './remote-model.js';
import type {Answer} from './requests.js';
import {
  collectRequest,
  devicesRequest,
  giveUpRequest,
  loadRequest,
  memoryRequest,
  recordRequest,
  type Request,
} from './requests.js';
import {RunQueue, type MakeRequest} from './run-queue.js';

export interface EngineOptions {
  /** Runs at once; unless given, twice the cores and at least eight, so that short ones need not wait for long ones. */
  readonly runs?: number;
  /** How long after its deadline a run that has not ended ends the process. */
  readonly graceMs: number;
  /** The same for a run without a deadline, since it began. */
  readonly longestRunMs: number;
  /** A run whose outputs take more is refused, INVALID_ARGUMENT; unless given, what a buffer of Node's can hold. */
  readonly maxAnswerBytes?: number;
  /** Takes what it writes to stderr; this process's stderr unless given. */
  readonly onStderr?: (text: Buffer) => void;
  /** Variables of its environment beside this process's. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface LoadOptions extends SessionOptions {
  readonly tags?: readonly string[];
  /** Nobody waits for it: see `RunOptions`. */
  readonly background?: boolean;
}

/** Loads and the like at once that requests wait for. */
const CONTROLS = 4;
/** Loads, unloads and runs at once that give way to everything else. */
const BACKGROUND = 4;
const CLOSE_MS = 5000;
const WATCH_MS = 250;

const isControl = (channel: number): boolean => channel >= BACKGROUND && channel < BACKGROUND + CONTROLS;

/** A process that holds models and runs them, so that what ends it (a crash, memory) ends nothing else. */
export class EngineProcess implements Connection {
  /** Resolves when it is there no longer. */
  readonly ended: Promise<EngineEnd>;
  private readonly controls: RunQueue;
  private readonly background: RunQueue;
  private readonly runs: RunQueue;
  private readonly watch: NodeJS.Timeout;
  private nextModel = 1;
  /** Why it was ended from here. */
  private end: EngineEnd | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly channels: readonly Channel[],
    private readonly options: EngineOptions,
  ) {
    this.ended = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        clearInterval(this.watch);
        for (const channel of channels) channel.close();
        resolve(
          this.end ?? (signal === null ? {kind: 'exit', reason: `exit code ${code}`} : {kind: signal, reason: signal}),
        );
      });
    });
    const queue = (from: number, to?: number): RunQueue =>
      new RunQueue(channels.slice(from, to), this.ended, channel => this.giveUp(channel));
    this.background = queue(0, BACKGROUND);
    this.controls = queue(BACKGROUND, BACKGROUND + CONTROLS);
    this.runs = queue(BACKGROUND + CONTROLS);
    this.watch = setInterval(() => this.endIfHung(), WATCH_MS).unref();
  }

  /** @throws NativeBuildError when the engine is not built, or cannot be run. */
  static async start(options: EngineOptions): Promise<EngineProcess> {
    if (!existsSync(ENGINE_FILE)) {
      throw new NativeBuildError(`The engine is not built. Build it: ${BUILD}`);
    }
    const env = {...process.env, ...options.env};
    prepareForServing(env);
    const count = BACKGROUND + CONTROLS + (options.runs ?? Math.max(8, 2 * availableParallelism()));
    const sockets = Array<'pipe'>(count).fill('pipe');
    const child = spawn(ENGINE_FILE, [String(count), String(BACKGROUND)], {
      // Its own end of a log that nobody reads any more would end it with its first line.
      stdio: ['ignore', 'ignore', 'pipe', ...sockets],
      env,
    });
    child.stderr?.on('data', options.onStderr ?? (text => process.stderr.write(text)));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', error =>
        reject(new NativeBuildError(`The engine cannot be run: ${error.message}`, {cause: error})),
      );
    });
    // Sockets in both directions, whatever the type says.
    const channels = child.stdio.slice(3).map((socket, i) => {
      const most = isControl(i) ? constants.MAX_LENGTH : (options.maxAnswerBytes ?? constants.MAX_LENGTH);
      return new Channel(i, socket as Duplex, most);
    });
    return new EngineProcess(child, channels, options);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Loads a SavedModel, as `loadSavedModel` does in this process.
   * @throws TensorFlowError of TensorFlow's, or EngineLostError; NativeBuildError when a GPU is demanded and none is there
   */
  async load(folder: string, {tags = ['serve'], background = false, ...options}: LoadOptions): Promise<RemoteModel> {
    const config = configBytes(options);
    if (config.demandsGpu && !(await this.devices(options)).some(({type}) => type === 'GPU')) {
      throw new NativeBuildError('A GPU is demanded (INGOT_DEVICE=gpu), but TensorFlow reports none in the engine');
    }
    const number = this.nextModel++;
    const answer = await this.control(loadRequest(number, folder, config.bytes, tags), background).catch(
      async error => {
        throw await explainLoad(folder, error);
      },
    );
    return new RemoteModel(this, number, Uint8Array.from(answer.meta()));
  }

  /** The devices that TensorFlow reports in it. The first call with a GPU initialises it, which takes seconds. */
  async devices(options: SessionOptions = {}): Promise<Pick<Device, 'name' | 'type'>[]> {
    const answer = await this.control(devicesRequest(configBytes(options).bytes));
    return Array.from({length: answer.u32()}, () => ({name: answer.text(), type: answer.text()}));
  }

  /** `recordProfile` for what is computed there. @throws TensorFlowError when another recording is under way */
  async record(options: Uint8Array): Promise<Recording> {
    await this.control(recordRequest(options));
    return {end: async () => Uint8Array.from((await this.control(collectRequest())).meta())};
  }

  /** What models and runs have allocated in it now, in bytes; 0 where its C library cannot tell (before glibc 2.33). */
  async allocatedBytes(): Promise<number> {
    return (await this.control(memoryRequest())).u64();
  }

  control(request: Request, background = false): Promise<Answer> {
    return (background ? this.background : this.controls).ask(0, {deadlineMs: Infinity}, () => request);
  }

  run(model: number, limits: RunLimits, request: MakeRequest): Promise<Answer> {
    return (limits.background === true ? this.background : this.runs).ask(model, limits, request);
  }

  /** Ends it at once. */
  kill(end: EngineEnd): void {
    this.end ??= end;
    this.child.kill('SIGKILL');
  }

  /** Ends it; what still runs in it is lost. */
  async close(): Promise<void> {
    this.end ??= {kind: 'closed', reason: 'it was closed'};
    for (const channel of this.channels) channel.close();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), CLOSE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  private giveUp({number, turn}: Channel): void {
    // An engine that has ended runs nothing.
    this.control(giveUpRequest(number, turn)).catch(() => undefined);
  }

  private endIfHung(): void {
    const {graceMs, longestRunMs} = this.options;
    const overdue = this.runs.overdue(graceMs, longestRunMs) ?? this.background.overdue(graceMs, longestRunMs);
    if (overdue !== null) {
      this.kill({kind: 'hung', reason: `a run had not ended ${Math.round(overdue / 1000)} s after it began`});
    }
  }
}
