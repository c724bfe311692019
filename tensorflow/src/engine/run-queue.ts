import {cancelled, deadlineExceeded, MAX_TIMER, type Limits} from '../session/limits.js';
import type {Channel} from './channel.js';
import {EngineLostError, type EngineEnd} from './error.js';
import {Answer, type Request} from './requests.js';

/** Makes the request when its turn has come, with what is left of its time in ms; undefined when it has no end. */
export type MakeRequest = (leftMs: number | undefined) => Request;

interface Begun {
  readonly at: number;
  /** What it had left then. */
  readonly leftMs: number | undefined;
}

/** Shares some channels among requests: each line (a model) in turn, and in a line first come, first served. */
export class RunQueue {
  private readonly free: Channel[];
  private readonly waiting = new Map<number, Set<Asked>>();
  private readonly begun = new Map<Channel, Begun>();
  private lost = false;

  constructor(
    channels: readonly Channel[],
    private readonly ended: Promise<EngineEnd>,
    /** Tells the engine that nobody wants the answer any more which the channel waits for. */
    private readonly giveUp: (channel: Channel) => void,
  ) {
    this.free = [...channels];
  }

  /**
   * Resolves with the engine's answer. Settles at the deadline and with the signal at once, whenever the engine answers; a run
   * ends there before its next op.
   * @throws TensorFlowError: what the engine says, DEADLINE_EXCEEDED, CANCELLED; EngineLostError
   */
  ask(line: number, limits: Limits, request: MakeRequest): Promise<Answer> {
    const {deadlineMs, signal} = limits;
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (deadlineMs !== undefined && !(deadlineMs > 0)) return Promise.reject(deadlineExceeded(deadlineMs));
    const asked = new Asked(limits, request, given => this.leave(line, given));
    const channel = this.free.pop();
    if (this.lost) this.lose(asked);
    else if (channel === undefined) this.wait(line, asked);
    else this.begin(channel, asked);
    return asked.promise;
  }

  /** How long the run has been going that is past its time, in ms; null when none is. */
  overdue(graceMs: number, longestMs: number): number | null {
    const now = performance.now();
    for (const {at, leftMs} of this.begun.values()) {
      if (now - at > (leftMs ?? longestMs) + graceMs) return now - at;
    }
    return null;
  }

  private begin(channel: Channel, asked: Asked): void {
    const {leftMs} = asked;
    asked.channel = channel;
    this.begun.set(channel, {at: performance.now(), leftMs});
    channel.ask(asked.request(leftMs), bytes => {
      this.begun.delete(channel);
      asked.channel = null;
      if (bytes === null) {
        this.lost = true;
        for (const other of [asked, ...[...this.waiting.values()].flatMap(line => [...line])]) this.lose(other);
        return;
      }
      asked.answer(bytes);
      // The channel that was used last is used next: its thread's memory is warm.
      const next = this.next();
      if (next === undefined) this.free.push(channel);
      else this.begin(channel, next);
    });
  }

  private wait(line: number, asked: Asked): void {
    const known = this.waiting.get(line);
    if (known === undefined) this.waiting.set(line, new Set([asked]));
    else known.add(asked);
  }

  private leave(line: number, asked: Asked): void {
    // The engine watches deadlines itself.
    if (asked.channel !== null && asked.isAborted) this.giveUp(asked.channel);
    const others = this.waiting.get(line);
    if (others?.delete(asked) && others.size === 0) this.waiting.delete(line);
  }

  /** Takes the first of the line whose turn it is; that line is the last then. */
  private next(): Asked | undefined {
    for (const [line, all] of this.waiting) {
      const [first] = all;
      this.waiting.delete(line);
      if (all.size > 1) this.waiting.set(line, all);
      if (first !== undefined) {
        all.delete(first);
        return first;
      }
    }
    return undefined;
  }

  /** Why is known a little later than that. */
  private lose(asked: Asked): void {
    void this.ended.then(end => asked.reject(new EngineLostError(end)));
  }
}

/** A request, settled by its answer, its deadline or its signal, whichever is first. */
class Asked {
  readonly promise: Promise<Answer>;
  /** That it is on, between its turn and its answer. */
  channel: Channel | null = null;
  private readonly at = performance.now();
  private settled = false;
  private readonly timer: NodeJS.Timeout | undefined;
  private resolvePromise!: (answer: Answer) => void;
  private rejectPromise!: (error: Error) => void;
  private readonly onAbort = (): void => this.reject(cancelled(this.limits.signal));

  constructor(
    private readonly limits: Limits,
    readonly request: MakeRequest,
    private readonly onLeave: (asked: Asked) => void,
  ) {
    // `!` above: a promise's executor runs at once.
    this.promise = new Promise((resolve, reject) => {
      this.resolvePromise = resolve;
      this.rejectPromise = reject;
    });
    const {deadlineMs, signal} = limits;
    if (deadlineMs !== undefined && deadlineMs < MAX_TIMER) {
      this.timer = setTimeout(() => this.reject(deadlineExceeded(deadlineMs)), Math.ceil(deadlineMs));
    }
    signal?.addEventListener('abort', this.onAbort, {once: true});
  }

  get isAborted(): boolean {
    return this.limits.signal?.aborted === true;
  }

  get leftMs(): number | undefined {
    const {deadlineMs} = this.limits;
    return deadlineMs === undefined ? undefined : Math.max(0.001, deadlineMs - (performance.now() - this.at));
  }

  answer(bytes: Buffer): void {
    try {
      const answer = new Answer(bytes);
      if (this.settle()) this.resolvePromise(answer);
    } catch (error) {
      this.reject(error as Error);
    }
  }

  reject(error: Error): void {
    if (this.settle()) this.rejectPromise(error);
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    this.limits.signal?.removeEventListener('abort', this.onAbort);
    this.onLeave(this);
    return true;
  }
}
