import type {Job} from 'bullmq';
import type {AuditEvent} from '../lineage/audit.js';
import type {Log} from '../log.js';
import {advance, formatLine, parseProgress, type JobData, type Progress} from '../queue/record.js';
import {DeployFailure} from './failure.js';

/** What became of a deployment, or what it did to clients, for the audit trail and the figures. */
export type OutcomeEvent = Extract<AuditEvent['event'], 'published' | 'pinned' | 'unpinned' | 'live' | 'failed'>;
/** Does not throw. */
export type Outcome = (event: OutcomeEvent, data: JobData, id: string, progress: Progress) => Promise<void>;

export interface RecorderContext {
  readonly now: () => Date;
  readonly partLog: Log;
  readonly outcome: Outcome;
}

/** Writes how far a deployment came into the queue, and into the worker's log. */
export class JobRecorder {
  private progress: Progress;
  private told: Promise<void> = Promise.resolve();

  constructor(
    private readonly job: Job<JobData, void>,
    private readonly data: JobData,
    private readonly context: RecorderContext,
  ) {
    this.progress = parseProgress(job.progress, data);
  }

  /** Lines are kept in order; `enter` waits for them. */
  tell(level: 'info' | 'warning' | 'error', text: string): void {
    this.told = this.told
      .then(() => this.log(level, text))
      .catch((error: unknown) => {
        this.context.partLog('warning', `A log line of ${this.job.id} was lost: ${String(error)}`);
      });
  }

  async enter(state: Progress['state'], change?: Parameters<typeof advance>[3]): Promise<void> {
    await this.told;
    this.progress = advance(this.progress, state, this.context.now().toISOString(), change);
    await this.job.updateProgress(this.progress);
    if (state === 'live' || state === 'failed') await this.outcome(state);
  }

  /** @param version the one that it was done to, when that is not the deployment's own. */
  async outcome(event: OutcomeEvent, version = this.progress.version): Promise<void> {
    await this.context.outcome(event, this.data, this.job.id ?? '', {...this.progress, version});
  }

  async log(level: 'info' | 'warning' | 'error', text: string): Promise<void> {
    this.context.partLog(level, `${this.job.id} (${this.data.model}): ${text}`);
    await this.job.log(formatLine(level, text, this.context.now().toISOString()));
  }

  /** A failure that trying again may mend is told, but is not the end yet. */
  async fail(error: unknown, lastAttempt: boolean): Promise<void> {
    const {reason, remedy} =
      error instanceof DeployFailure
        ? error
        : {
            reason: `The deployer failed while ${this.progress.state}: ${error instanceof Error ? error.message : String(error)}`,
            remedy: "Try again; if it fails once more, look into the log of the deployer's worker.",
          };
    if (!(error instanceof DeployFailure)) this.context.partLog('error', String((error as Error).stack ?? error));
    if (!(error instanceof DeployFailure || lastAttempt)) {
      await this.log('warning', `${reason} Trying again in a moment.`);
      return;
    }
    await this.log('error', reason);
    await this.enter('failed', {failure: {reason, remedy}});
  }
}
