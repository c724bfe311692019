import {DelayedError, UnrecoverableError, type Job} from 'bullmq';
import type {Deployment} from '../deployment.js';
import {readGolden, readVersion, versionOf} from '../lineage/volume.js';
import type {Log} from '../log.js';
import {
  advance,
  formatLine,
  parseJobData,
  parseProgress,
  type JobData,
  type JobRecord,
  type Progress,
} from '../queue/record.js';
import type {Records} from './check/records.js';
import {DeployFailure} from './failure.js';
import {awaitLoaded, check, publishVersion, verify, type StepContext} from './steps.js';
import {Cancellation} from './cancellation.js';
import {earlierUnpublished} from './turn.js';

const TURN_RETRY_MS = 250;

export interface ProcessContext extends Omit<StepContext, 'log' | 'signal' | 'mayPublish'> {
  readonly partLog: Log;
  readonly unfinished: () => Promise<readonly JobRecord[]>;
  /** Who asked for the deployment to be given up, if anybody. */
  readonly cancelledBy: (id: string) => Promise<string | null>;
  /** Told what became of deployments; does not throw. */
  readonly outcome: (
    event: 'published' | 'live' | 'failed',
    data: JobData,
    id: string,
    progress: Progress,
  ) => Promise<void>;
  /** Aborted when this worker is to stop: what is under way is left for the next one. */
  readonly stopping: AbortSignal;
}

/**
 * Takes one deployment from queued to live. It may be run again at any point (the queue promises "at least once"): what
 * is done already is found on the volume and not done twice.
 */
export async function processDeployment(
  job: Job<JobData, void>,
  token: string | undefined,
  signal: AbortSignal,
  context: ProcessContext,
): Promise<void> {
  const data = parseJobData(job.data);
  if (!data || !job.id) throw new UnrecoverableError('This job is not a deployment');
  const request = {id: job.id, ...data};
  const record = new JobRecorder(job, data, context);
  const earlier = earlierUnpublished(request, await context.unfinished());
  if (earlier !== null) {
    if (job.attemptsStarted <= 1) await record.log('info', `Waits for ${earlier}, which was asked for earlier.`);
    await job.moveToDelayed(Date.now() + TURN_RETRY_MS, token);
    throw new DelayedError();
  }
  const version = await versionOf(context.settings.modelsDir, request.model, request.id);
  const cancellation = new Cancellation(async () => (version === null ? context.cancelledBy(request.id) : null));
  try {
    await run(request, version, record, {
      ...context,
      signal: AbortSignal.any([signal, context.stopping, cancellation.signal]),
      log: (level, text) => record.tell(level, text),
      mayPublish: async () => {
        await cancellation.check();
        cancellation.stop();
      },
    });
  } catch (thrown) {
    const error = cancellation.reason ?? thrown;
    if (context.stopping.aborted && !(error instanceof DeployFailure)) {
      await record.log('info', 'This worker stops; the deployment goes on as soon as there is another.');
      await job.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    await record.fail(error, job.attemptsMade + 1 >= (job.opts.attempts ?? 1));
    throw error instanceof DeployFailure ? new UnrecoverableError(error.reason) : error;
  } finally {
    cancellation.stop();
  }
}

type Request = Pick<Deployment, 'id' | 'model' | 'staged' | 'requestedAt' | 'requestedBy'>;

async function run(
  request: Request,
  publishedBefore: number | null,
  record: JobRecorder,
  context: StepContext,
): Promise<void> {
  const {modelsDir} = context.settings;
  let version = publishedBefore;
  if (version === null) {
    await record.enter('checking');
    const checked = await check(request, context);
    await record.enter('publishing');
    version = await publishVersion(request, checked, context);
    await record.published(version);
  }
  await record.enter('loading', {version});
  await awaitLoaded(request.model, version, context);
  context.reached('loaded');
  await record.enter('verifying');
  const endpoint = await verify(version, await publishedRecords(modelsDir, request.model, version), context);
  context.reached('verified');
  await record.log('info', `Live: version ${version} of ${request.model} answers at ${endpoint.url}`);
  await record.enter('live', {endpoint});
}

async function publishedRecords(
  modelsDir: string,
  model: string,
  version: number,
): Promise<Pick<Records, 'contract' | 'golden'>> {
  const [{contract}, golden] = await Promise.all([
    readVersion(modelsDir, model, version),
    readGolden(modelsDir, model, version),
  ]);
  if (contract && golden) return {contract, golden};
  throw new DeployFailure(
    `Version ${version} of "${model}" was published, but its contract or golden samples cannot be read any more.`,
    'See who changes files in INGOT_MODELS_DIR; deploy the model again.',
  );
}

/** Writes how far the deployment came into the queue, and into the worker's log. */
class JobRecorder {
  private progress: Progress;
  private told: Promise<void> = Promise.resolve();

  constructor(
    private readonly job: Job<JobData, void>,
    private readonly data: JobData,
    private readonly context: Pick<ProcessContext, 'now' | 'partLog' | 'outcome'>,
  ) {
    this.progress = parseProgress(job.progress, data.requestedAt);
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
    if (state === 'live' || state === 'failed') {
      await this.context.outcome(state, this.data, this.job.id ?? '', this.progress);
    }
  }

  async published(version: number): Promise<void> {
    await this.context.outcome('published', this.data, this.job.id ?? '', {...this.progress, version});
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
