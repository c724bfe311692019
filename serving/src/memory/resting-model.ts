import type {HostTensor, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import {within} from '../deadline/within.js';
import type {Copy, ServedModel} from '../engine/engine.js';
import {StatusError} from '../status/status.js';
import type {Room, Tenant} from './room.js';

/** Whether a model is in memory now, and what it takes there. */
export interface Memory {
  readonly bytes: number;
  readonly resident: boolean;
}

/** Told when a model has left memory, and when it is back. */
export interface RestObserver {
  rested(): void;
  woke(): void;
}

type Named = Readonly<Record<string, HostTensor>>;
let clock = 0;
/** After a failed attempt to load it again, runs are refused for so long without another. */
const PAUSE_MS = 1000;

/** A model that leaves memory when the room is needed, and comes back when it is asked. */
export class RestingModel implements ServedModel, Tenant {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  readonly signatureDefs: Uint8Array;
  readonly memory: Memory;
  lastUsed = ++clock;
  private active = 0;
  private readonly waiting = new Set<{admitted: boolean}>();
  private drained: (() => void) | null = null;
  private waking: Promise<void> | null = null;
  private leaving: Promise<void> | null = null;
  private disposed = false;
  private failure: {readonly error: StatusError; readonly at: number} | null = null;

  /** @param model loaded, with its bytes reserved in the room */
  constructor(
    private model: ServedModel | null,
    readonly bytes: number,
    private readonly room: Room,
    private readonly load: () => Promise<ServedModel>,
    private readonly observer: RestObserver,
    private readonly onLost: (reason: unknown) => void = () => undefined,
  ) {
    // Given to begin with.
    ({signatures: this.signatures, signatureDefs: this.signatureDefs} = model as ServedModel);
    const isResident = (): boolean => this.model !== null;
    this.memory = {
      bytes,
      get resident() {
        return isResident();
      },
    };
    room.settle(this);
  }

  get copies(): readonly Copy[] | undefined {
    return this.model?.copies;
  }

  get busy(): boolean {
    return this.active > 0;
  }

  async run(signature: string, inputs: Named, options: RunOptions = {}): Promise<Record<string, HostTensor>> {
    this.lastUsed = ++clock;
    const asked = performance.now();
    if (this.usable() === null) await this.enter(options);
    else this.active++;
    try {
      const {deadlineMs} = options;
      const limits =
        deadlineMs === undefined ? options : {...options, deadlineMs: deadlineMs - (performance.now() - asked)};
      // It stays for as long as a run is counted.
      return await (this.model as ServedModel).run(signature, inputs, limits);
    } finally {
      this.exit();
    }
  }

  /** Waits until it is back; it does not leave again before those have run who waited for that. */
  private async enter(options: RunOptions): Promise<void> {
    const visitor = {admitted: false};
    for (;;) {
      this.waiting.add(visitor);
      try {
        await within(this.wake(), options, () => notInTime(options));
      } catch (error) {
        if (visitor.admitted) this.exit();
        throw error;
      } finally {
        this.waiting.delete(visitor);
      }
      if (visitor.admitted) return;
    }
  }

  private exit(): void {
    if (--this.active === 0) this.drained?.();
  }

  async leave(): Promise<void> {
    // What cannot be freed properly, as in an engine that has just ended, is gone all the same.
    await this.unload(true).catch(() => undefined);
    this.observer.rested();
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.waking?.catch(() => undefined);
    await this.unload(false);
  }

  /** The model, unless it is away or about to go. */
  private usable(): ServedModel | null {
    return this.leaving === null && !this.disposed ? this.model : null;
  }

  /** Lets runs end, then frees the memory. */
  private unload(urgent: boolean): Promise<void> {
    this.leaving ??= this.free(urgent).finally(() => (this.leaving = null));
    return this.leaving;
  }

  private async free(urgent: boolean): Promise<void> {
    if (this.active > 0) await new Promise<void>(resolve => (this.drained = resolve));
    const {model} = this;
    if (model === null) return;
    this.model = null;
    try {
      await model.dispose(urgent);
    } finally {
      this.room.free(this.bytes, this);
    }
  }

  private wake(): Promise<void> {
    if (this.disposed) return Promise.reject(new StatusError('UNAVAILABLE', 'the model was unloaded'));
    const {failure} = this;
    if (failure !== null && performance.now() - failure.at < PAUSE_MS) return Promise.reject(failure.error);
    this.waking ??= this.comeBack().finally(() => (this.waking = null));
    return this.waking;
  }

  private async comeBack(): Promise<void> {
    await this.leaving?.catch(() => undefined);
    await this.room.reserve(this.bytes);
    try {
      this.model = await this.load();
      this.failure = null;
    } catch (cause) {
      this.room.free(this.bytes);
      const reason = cause instanceof Error ? cause.message : String(cause);
      const error = new StatusError('UNAVAILABLE', `the model could not be loaded again: ${reason}`, {cause});
      this.failure = {error, at: performance.now()};
      this.onLost(cause);
      throw error;
    }
    for (const visitor of this.waiting) visitor.admitted = true;
    this.active += this.waiting.size;
    this.waiting.clear();
    this.room.settle(this);
    this.observer.woke();
  }
}

function notInTime({deadlineMs}: RunOptions): StatusError {
  return new StatusError(
    'DEADLINE_EXCEEDED',
    `the model was not loaded within the deadline of ${Math.round(deadlineMs ?? 0)} ms`,
  );
}
