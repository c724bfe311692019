import {cancelled, deadlineExceeded, type Limits} from '../session/limits.js';
import {Settling} from '../session/settling.js';
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
    // 0 would mean that it has no end.
    const leftMs = asked.leftMs === undefined ? undefined : Math.max(0.001, asked.leftMs);
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

/** A request that waits for its turn, or for its answer. */
class Asked extends Settling<Answer> {
  /** That it is on, between its turn and its answer. */
  channel: Channel | null = null;

  constructor(
    limits: Limits,
    readonly request: MakeRequest,
    private readonly leave: (asked: Asked) => void,
  ) {
    super(limits);
  }

  get isAborted(): boolean {
    return this.limits.signal?.aborted === true;
  }

  answer(bytes: Buffer): void {
    try {
      this.resolve(new Answer(bytes));
    } catch (error) {
      this.reject(error);
    }
  }

  protected override late(deadlineMs: number): Error {
    return deadlineExceeded(deadlineMs);
  }

  protected override cancelled(): Error {
    return cancelled(this.limits.signal);
  }

  protected override onSettled(): void {
    this.leave(this);
  }
}
