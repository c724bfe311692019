import {DeployFailure} from './failure.js';

const LOOK_EVERY_MS = 500;

/** Watches whether somebody asked to give the deployment up, until it is published. */
export class Cancellation {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  /** Set once it is cancelled. */
  reason: DeployFailure | null = null;

  constructor(private readonly cancelledBy: () => Promise<string | null>) {
    // A queue that is away for a moment is asked again; `check` decides.
    this.timer = setInterval(() => void this.check().catch(() => {}), LOOK_EVERY_MS);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** @throws DeployFailure when it is cancelled. After it has passed for the last time, call `stop`. */
  async check(): Promise<void> {
    const by = await this.cancelledBy();
    if (by === null || this.stopped) return;
    this.reason = new DeployFailure(
      `Cancelled by ${by}. Nothing was changed.`,
      'Try again when it is wanted after all.',
    );
    this.stop();
    this.controller.abort(this.reason);
    throw this.reason;
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  private stopped = false;
}
