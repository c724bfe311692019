import {readSignatures} from '../saved-model/read-signatures.js';
import {checkInputs} from '../session/check.js';
import {TensorFlowError} from '../error.js';
import {dtypeName} from '../session/marshal.js';
import {MAX_SELECTIONS, select, selectionKey, type Selection} from '../session/selection.js';
import type {LoadedSavedModel} from '../session/saved-model.js';
import type {RunOptions} from '../session/loaded-model.js';
import type {SignatureSpec} from '../tensor/signature.js';
import type {Dtype, HostTensor} from '../tensor/tensor.js';
import type {Limits} from '../session/limits.js';
import {prepareRequest, runRequest, unloadRequest, type Answer, type Request} from './requests.js';
import type {MakeRequest} from './run-queue.js';

export type RunLimits = Limits & Pick<RunOptions, 'background'>;

/** How a model reaches the engine that it is loaded in. */
export interface Connection {
  /** What takes as long as it likes: loads and the like. */
  control(request: Request, background?: boolean): Promise<Answer>;
  /** A run within its limits; models that wait take turns. */
  run(model: number, limits: RunLimits, request: MakeRequest): Promise<Answer>;
}

interface Prepared extends Selection {
  readonly plan: number;
  readonly dtypes: Readonly<Record<string, Dtype>>;
}

/** Names are looked up in no time: an engine that takes so long does not work any more. */
const PREPARE_MS = 10_000;

/** A model in the engine's process. */
export class RemoteModel implements LoadedSavedModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  private readonly prepared = new Map<string, Prepared | Promise<Prepared>>();
  private nextPlan = 1;
  private active = 0;
  private idle: (() => void) | undefined;
  private disposed: Promise<void> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly number: number,
    readonly signatureDefs: Uint8Array,
  ) {
    this.signatures = readSignatures(signatureDefs);
  }

  isIn(connection: Connection): boolean {
    return this.connection === connection;
  }

  async run(
    signature: string,
    inputs: Readonly<Record<string, HostTensor>>,
    options: RunOptions = {},
  ): Promise<Record<string, HostTensor>> {
    if (this.disposed !== undefined) throw new TensorFlowError('FAILED_PRECONDITION', 'the session was disposed of');
    this.active++;
    try {
      const known = this.prepare(signature, options);
      const {plan, spec, dtypes, feedNames, fetchNames} = known instanceof Promise ? await known : known;
      checkInputs(signature, spec, dtypes, inputs, options.checkSpecs);
      // checkInputs saw that each is there.
      const feeds = feedNames.map(name => inputs[name] as HostTensor);
      const answer = await this.connection.run(this.number, options, left =>
        runRequest(this.number, plan, left, feeds),
      );
      const tensors = answer.tensors();
      const outputs: Record<string, HostTensor> = {};
      for (let i = 0; i < fetchNames.length; i++) outputs[fetchNames[i] as string] = tensors[i] as HostTensor;
      return outputs;
    } finally {
      if (--this.active === 0) this.idle?.();
    }
  }

  /** @param urgent somebody waits for its memory; else runs go before it */
  dispose(urgent = false): Promise<void> {
    return (this.disposed ??= this.unload(urgent));
  }

  private async unload(urgent: boolean): Promise<void> {
    if (this.active > 0) await new Promise<void>(resolve => (this.idle = resolve));
    await this.connection.control(unloadRequest(this.number), !urgent);
  }

  private prepare(signature: string, {outputs, background}: RunOptions): Prepared | Promise<Prepared> {
    const key = selectionKey(signature, outputs);
    const known = this.prepared.get(key);
    if (known !== undefined) return known;
    const making = this.make(signature, outputs, background);
    if (this.prepared.size < MAX_SELECTIONS) {
      this.prepared.set(key, making);
      making.then(
        prepared => this.prepared.set(key, prepared),
        () => this.prepared.delete(key),
      );
    }
    return making;
  }

  private async make(signature: string, outputs: readonly string[] | undefined, background = false): Promise<Prepared> {
    const selection = select(this.signatures, signature, outputs);
    const plan = this.nextPlan++;
    const request = prepareRequest(this.number, plan, selection.feeds, selection.fetches);
    const answer = await this.connection.run(this.number, {deadlineMs: PREPARE_MS, background}, () => request);
    answer.u32();
    const dtypes = Object.fromEntries(selection.feedNames.map(name => [name, dtypeName(answer.u32())]));
    return {...selection, plan, dtypes};
  }
}
