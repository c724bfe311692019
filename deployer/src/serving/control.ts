import Type, {type Static} from 'typebox';
import Value from 'typebox/value';
import {ServingUnreachable, unreachable} from './client.js';

/**
 * What the deployer tells the model server over its admin API. Orders are idempotent, wait until they have taken effect, and
 * change nothing when they are refused.
 */

const Version = Type.Union([Type.Null(), Type.String()]);
/** The parts of the server's answer that the deployer looks at. */
const ControlledModel = Type.Object({
  live_version: Version,
  pinned_version: Version,
  versions: Type.Array(Type.Object({version: Type.String(), state: Type.String()})),
});
type ControlledModel = Static<typeof ControlledModel>;
const Refusal = Type.Object({
  error: Type.Object({code: Type.String(), message: Type.String(), remedy: Type.Optional(Type.String())}),
});

/** The server understood the order and does not carry it out. */
export class ServingRefused extends Error {
  override readonly name = 'ServingRefused';

  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

export interface Pinned {
  /** The versions after the order; null where there is none. */
  readonly live: number | null;
  readonly pinned: number | null;
}

/**
 * A version is kept loaded under this label until the pin has moved to it. The label, unlike a version that an operator had
 * loaded, can be told from everybody else's after a crash.
 */
const TRIAL_LABEL = 'ingot-going-back';
/** Beyond what an order itself may take, and the most that it may take: Node's client waits 300 s for an answer. */
const GRACE_MS = 5_000;
const MOST_MS = 240_000;

export class ServingControl {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /**
   * Has a version loaded beside what is loaded, until `letGo`.
   * @returns whether it is AVAILABLE.
   * @throws ServingRefused with why it cannot be loaded; ServingUnreachable.
   */
  async keepLoaded(model: string, version: number, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const {versions} = await this.order('PUT', label(model), {version}, timeoutMs, signal);
    return versions.some(one => one.version === String(version) && one.state === 'AVAILABLE');
  }

  /** @throws ServingRefused, ServingUnreachable */
  async letGo(model: string, signal?: AbortSignal): Promise<void> {
    await this.order('DELETE', label(model), {}, GRACE_MS, signal);
  }

  /** Gives every request that names no version this one. @throws ServingRefused, ServingUnreachable */
  async pin(model: string, version: number, timeoutMs: number, signal: AbortSignal): Promise<Pinned> {
    return toPinned(await this.order('PUT', `${encodeURIComponent(model)}/pin`, {version}, timeoutMs, signal));
  }

  /** Gives requests that name no version the newest again. @throws ServingRefused, ServingUnreachable */
  async unpin(model: string, signal: AbortSignal): Promise<Pinned> {
    return toPinned(await this.order('DELETE', `${encodeURIComponent(model)}/pin`, {}, GRACE_MS, signal));
  }

  private async order(
    method: 'PUT' | 'DELETE',
    path: string,
    body: object,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ControlledModel> {
    const patience = Math.max(1, Math.min(timeoutMs, MOST_MS));
    const late = AbortSignal.timeout(patience + GRACE_MS);
    let status: number;
    let text: string;
    try {
      const answer = await fetch(`${this.url}/admin/models/${path}?timeout_ms=${patience}`, {
        method,
        headers: {'x-ingot-token': this.token, 'content-type': 'application/json'},
        body: JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
      status = answer.status;
      text = await answer.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(this.url, error);
    }
    return this.read(status, text);
  }

  private read(status: number, text: string): ControlledModel {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = null;
    }
    if (status === 200 && Value.Check(ControlledModel, json)) return json;
    if (Value.Check(Refusal, json)) {
      const {code, message, remedy} = json.error;
      if (status >= 500 && code !== 'not_kept') throw new ServingUnreachable(`${this.url} says "${message}"`);
      throw new ServingRefused(code, message, remedy ?? '');
    }
    throw new ServingUnreachable(`${this.url} answered ${status}, and not as Ingot's model server does`);
  }
}

function label(model: string): string {
  return `${encodeURIComponent(model)}/labels/${TRIAL_LABEL}`;
}

function toPinned({live_version: live, pinned_version: pinned}: ControlledModel): Pinned {
  return {live: live === null ? null : Number(live), pinned: pinned === null ? null : Number(pinned)};
}
