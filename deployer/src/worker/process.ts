import {DelayedError, UnrecoverableError, type Job} from 'bullmq';
import {versionOf} from '../lineage/volume.js';
import {parseJobData, type JobData, type JobRecord} from '../queue/record.js';
import {Cancellation} from './cancellation.js';
import {DeployFailure} from './failure.js';
import {runPublish} from './publish-run.js';
import {JobRecorder, type RecorderContext} from './recorder.js';
import {runReturn} from './return-run.js';
import type {StepContext} from './steps.js';
import {earlierInTheWay} from './turn.js';

const TURN_RETRY_MS = 250;

export interface ProcessContext extends Omit<StepContext, 'log' | 'signal' | 'mayPublish'>, RecorderContext {
  readonly unfinished: () => Promise<readonly JobRecord[]>;
  /** Who asked for the deployment to be given up, if anybody. */
  readonly cancelledBy: (id: string) => Promise<string | null>;
  /** Aborted when this worker is to stop: what is under way is left for the next one. */
  readonly stopping: AbortSignal;
}

/**
 * Takes one deployment from queued to live. It may be run again at any point (the queue promises "at least once"): what
 * is done already is found on the volume or at the server, and not done twice.
 */
export async function processDeployment(
  job: Job<JobData, void>,
  token: string | undefined,
  signal: AbortSignal,
  context: ProcessContext,
): Promise<void> {
  const data = parseJobData(job.data);
  if (!data || !job.id) throw new UnrecoverableError('This job is not a deployment');
  const {id} = job;
  const record = new JobRecorder(job, data, context);
  const earlier = earlierInTheWay({id, data}, await context.unfinished());
  if (earlier !== null) {
    if (job.attemptsStarted <= 1) await record.log('info', `Waits for ${earlier}, which was asked for earlier.`);
    await job.moveToDelayed(Date.now() + TURN_RETRY_MS, token);
    throw new DelayedError();
  }
  const published = data.formatVersion === 1 ? await versionOf(context.settings.modelsDir, data.model, id) : null;
  const cancellation = new Cancellation(async () => (published === null ? context.cancelledBy(id) : null));
  const steps: StepContext = {
    ...context,
    signal: AbortSignal.any([signal, context.stopping, cancellation.signal]),
    log: (level, text) => record.tell(level, text),
    mayPublish: async () => {
      await cancellation.check();
      cancellation.stop();
    },
  };
  try {
    if (data.formatVersion === 1) await runPublish(id, data, published, record, steps);
    else await runReturn(data, record, steps);
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
