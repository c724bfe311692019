import {ConnectionError, ErrorCode} from './errors.js';

/**
 * Bounds what a connection may ask for that is cheap to send and leads to nothing: pings, settings, empty frames; streams
 * that are opened and reset at once (CVE-2023-44487). Work that is done makes up for it, and so does time: clients ping when
 * data flows, and give up on calls now and then.
 */
export class FloodGuard {
  private readonly idle: Allowance;
  private readonly resets: Allowance;

  constructor(private readonly now: () => number) {
    this.idle = {left: IDLE_FRAMES.most, ...IDLE_FRAMES};
    this.resets = {left: RESETS.most, ...RESETS};
    this.since = now();
  }

  private since: number;

  /** A frame that leads to nothing. @throws ConnectionError ENHANCE_YOUR_CALM when they are too many */
  idleFrame(): void {
    this.take(this.idle, 'frames that lead to nothing');
  }

  /** The peer took back a stream that was not answered. @throws ConnectionError ENHANCE_YOUR_CALM when they are too many */
  reset(): void {
    this.take(this.resets, 'streams reset');
  }

  /** A frame that led to something. */
  usefulFrame(): void {
    const {idle} = this;
    idle.left = Math.min(idle.most, idle.left + 1);
  }

  /** A stream was answered. */
  answered(): void {
    const {resets} = this;
    resets.left = Math.min(resets.most, resets.left + 1);
    this.usefulFrame();
  }

  private take(from: Allowance, what: string): void {
    if (from.left < 1) {
      const now = this.now();
      for (const each of [this.idle, this.resets]) {
        each.left = Math.min(each.most, each.left + ((now - this.since) / 1000) * each.perSecond);
      }
      this.since = now;
    }
    if (from.left < 1) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, `Too many ${what}`);
    from.left--;
  }
}

interface Allowance {
  left: number;
  readonly most: number;
  readonly perSecond: number;
}

const IDLE_FRAMES = {most: 2000, perSecond: 200};
const RESETS = {most: 1000, perSecond: 100};
