import {EngineLostError, type EngineProcess, type RemoteModel} from '@ingot/tensorflow/engine';
import type {HostTensor, LoadedSavedModel, RunOptions, SignatureSpec, TensorSpec} from '@ingot/tensorflow/session';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Log} from '../log.js';
import {Quarantine} from './quarantine.js';
import {StatusError, invalidArgument} from '../status/status.js';

type Inputs = Readonly<Record<string, HostTensor>>;

/** How long a run waits for its model to be there again, unless its deadline comes first. */
const WAIT_MS = 10_000;
/** More runs do not wait: there is something wrong with the model, and their inputs take memory. */
const MAX_WAITING = 1024;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
/** Kinds of inputs that are remembered as deadly. */
const MAX_DEADLY = 1000;
/** So often must inputs of a kind have been there when the engine crashed: once may be another's fault. */
const DEADLY = 2;

/** A model that outlives the engine that it is in. */
export class SupervisedModel implements LoadedSavedModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  readonly signatureDefs: Uint8Array;
  private readonly waiting = new Set<(trouble: StatusError | null) => void>();
  private readonly deadly = new Map<string, number>();
  private readonly quarantine = new Quarantine(() => performance.now());
  private disposed = false;

  constructor(
    private current: RemoteModel | null,
    private readonly load: (engine: EngineProcess) => Promise<RemoteModel>,
    private readonly log: Log,
    private readonly onLost: (reason: unknown) => void,
    private readonly onDispose: () => void,
  ) {
    // Given to begin with.
    const {signatures, signatureDefs} = current as RemoteModel;
    this.signatures = signatures;
    this.signatureDefs = signatureDefs;
  }

  /** True when runs need not wait. */
  get ready(): boolean {
    return this.current !== null;
  }

  /** @throws what the run throws, EngineLostError when the engine ends meanwhile, StatusError UNAVAILABLE. */
  async run(signature: string, inputs: Inputs, options: RunOptions = {}): Promise<Record<string, HostTensor>> {
    const odd = this.deadly.size > 0 ? this.oddness(signature, inputs) : null;
    if (odd !== null && (this.deadly.get(odd) ?? 0) >= DEADLY) {
      throw invalidArgument(`Inputs of such shapes make TensorFlow crash, and the signature has others: ${odd}`);
    }
    const leftMs = this.quarantine.leftMs(signature);
    if (leftMs > 0) throw this.quarantined(signature, leftMs);
    const asked = performance.now();
    const model = this.current ?? (await this.back(options));
    const waited = performance.now() - asked;
    const {deadlineMs, outputs: wanted, signal, checkSpecs, background} = options;
    const left = deadlineMs === undefined ? undefined : deadlineMs - waited;
    const limits = {deadlineMs: left, outputs: wanted, signal, checkSpecs, background};
    try {
      const outputs = await model.run(signature, inputs, limits);
      this.quarantine.succeeded(signature);
      return outputs;
    } catch (error) {
      if (error instanceof EngineLostError) this.blame(signature, inputs, error);
      throw error;
    }
  }

  /** @param urgent somebody waits for its memory */
  async dispose(urgent = false): Promise<void> {
    this.disposed = true;
    this.onDispose();
    const {current} = this;
    this.current = null;
    this.tell(new StatusError('UNAVAILABLE', 'the model was unloaded'));
    await current?.dispose(urgent).catch(ignoreLoss);
  }

  /** Its engine has ended. */
  leave(): void {
    this.current = null;
  }

  /** Loads it into another engine, again and again until that ends or it is there. Never rejects. */
  async moveTo(engine: EngineProcess): Promise<void> {
    for (let pause = FIRST_RETRY_MS; !this.disposed; pause = Math.min(MAX_RETRY_MS, pause * 2)) {
      try {
        const model = await this.load(engine);
        if (this.disposed) return await model.dispose().catch(ignoreLoss);
        this.current = model;
        return this.tell(null);
      } catch (error) {
        if (error instanceof EngineLostError || this.disposed) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.tell(new StatusError('UNAVAILABLE', `the model cannot be loaded again: ${reason}`));
        this.onLost(error);
        await sleep(pause, undefined, {ref: false});
      }
    }
  }

  private async back({deadlineMs = Infinity, signal}: RunOptions): Promise<RemoteModel> {
    const late = new StatusError('UNAVAILABLE', 'the engine that runs the model is being started again, try again');
    if (this.disposed || this.waiting.size >= MAX_WAITING) throw late;
    await new Promise<void>((resolve, reject) => {
      const settle = (trouble: StatusError | null): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.waiting.delete(settle);
        if (trouble === null) resolve();
        else reject(trouble);
      };
      const onAbort = (): void => settle(new StatusError('CANCELLED', 'the request was cancelled'));
      const timer = setTimeout(() => settle(late), Math.min(WAIT_MS, deadlineMs));
      signal?.addEventListener('abort', onAbort, {once: true});
      this.waiting.add(settle);
    });
    if (this.current === null) throw late;
    return this.current;
  }

  private tell(trouble: StatusError | null): void {
    for (const settle of [...this.waiting]) settle(trouble);
  }

  private blame(signature: string, inputs: Inputs, {crashed, end}: EngineLostError): void {
    if (crashed) this.suspect(signature, inputs);
    const pause = this.quarantine.lost(signature, end);
    if (pause > 0) this.log('error', this.quarantined(signature, pause).message);
  }

  private quarantined(signature: string, leftMs: number): StatusError {
    return new StatusError(
      'UNAVAILABLE',
      `"${signature}" is not run for ${Math.ceil(leftMs / 1000)} s: the last ${this.quarantine.losses(signature)} engines ended ` +
        'while they ran it, and with them every model that was there',
    );
  }

  /** Inputs that fit the signature are never held against the model's other clients, whatever they did. */
  private suspect(signature: string, inputs: Inputs): void {
    const odd = this.oddness(signature, inputs);
    if (odd === null || (!this.deadly.has(odd) && this.deadly.size >= MAX_DEADLY)) return;
    this.deadly.set(odd, (this.deadly.get(odd) ?? 0) + 1);
  }

  /** What is not as the signature says, the same for all inputs that are so; null when everything is. */
  private oddness(signature: string, inputs: Inputs): string | null {
    const specs = this.signatures[signature]?.inputs ?? {};
    const odd = Object.entries(inputs).filter(([name, tensor]) => !fits(tensor, specs[name]));
    if (odd.length === 0) return null;
    return odd.map(([name, {dtype, shape}]) => `${name} ${dtype} [?,${shape.slice(1).join()}]`).join(' ');
  }
}

function fits({dtype, shape}: HostTensor, spec: TensorSpec | undefined): boolean {
  if (spec === undefined || dtype !== spec.dtype) return false;
  if (spec.shape === null) return true;
  const {shape: wanted} = spec;
  return shape.length === wanted.length && wanted.every((size, i) => size === -1 || size === shape[i]);
}

function ignoreLoss(error: unknown): void {
  if (!(error instanceof EngineLostError)) throw error;
}
