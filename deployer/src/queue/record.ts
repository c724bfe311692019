import {NAME_PATTERN} from '@ingot/tensorflow/contract';
import Type, {type Static} from 'typebox';
import Value from 'typebox/value';
import {DeploymentState, LogLine, type Deployment} from '../deployment.js';

/**
 * How a deployment lies in the queue: what was asked for is the job's data, how far it came is the job's progress, its
 * log is the job's log (a JSON line each). Pure: no queue in here.
 */

export const QUEUE_NAME = 'deploy';

const common = {
  model: Type.String({pattern: NAME_PATTERN}),
  notebook: Type.Union([Type.Null(), Type.String({maxLength: 1024})]),
  requestedBy: Type.String({maxLength: 128}),
  requestedAt: Type.String(),
  /** Counts requests; of two for one model, what the later one asked for must be so in the end. */
  sequence: Type.Integer({minimum: 0}),
};
/** A staged model that is to be published. */
export const StagedJob = Type.Object({
  formatVersion: Type.Literal(1),
  staged: Type.String({pattern: NAME_PATTERN}),
  ...common,
});
export type StagedJob = Static<typeof StagedJob>;
/** A published version that is to be the live one. */
export const VersionJob = Type.Object({
  formatVersion: Type.Literal(2),
  version: Type.Integer({minimum: 1}),
  ...common,
});
export type VersionJob = Static<typeof VersionJob>;
export const JobData = Type.Union([StagedJob, VersionJob]);
export type JobData = Static<typeof JobData>;

export const Progress = Type.Object({
  state: DeploymentState,
  version: Type.Union([Type.Null(), Type.Integer({minimum: 1})]),
  updatedAt: Type.String(),
  reached: Type.Record(Type.String(), Type.String()),
  failure: Type.Union([Type.Null(), Type.Object({reason: Type.String(), remedy: Type.String()})]),
  endpoint: Type.Union([Type.Null(), Type.Object({url: Type.String(), curl: Type.String()})]),
});
export type Progress = Static<typeof Progress>;

/** The parts of a BullMQ job that a deployment is made of. */
export interface JobRecord {
  readonly id?: string | undefined;
  readonly data: unknown;
  readonly progress: unknown;
  readonly failedReason?: string | null | undefined;
  readonly finishedOn?: number | null | undefined;
}

/** One staged model is one deployment, however often Deploy is clicked. (A bare number would not do as a job id.) */
export function deploymentId(staged: string): string {
  return `deploy-${staged}`;
}

/**
 * A version can be gone back to again and again; a double click is one wish all the same. @param after the sequence of the
 * model's deployment before, 0 when there is none: two wishes that saw the same one last are one.
 */
export function returnId(model: string, version: number, after: number): string {
  return `live-${model}-${version}-${after}`;
}

export function startOf(data: JobData, at: string = data.requestedAt): Progress {
  return {
    state: 'queued',
    version: data.formatVersion === 2 ? data.version : null,
    updatedAt: at,
    reached: {queued: at},
    failure: null,
    endpoint: null,
  };
}

/** @returns the progress in the given state, which it entered at `at` (ISO 8601). */
export function advance(
  progress: Progress,
  state: DeploymentState,
  at: string,
  change: Partial<Pick<Progress, 'version' | 'failure' | 'endpoint'>> = {},
): Progress {
  return {...progress, ...change, state, updatedAt: at, reached: {...progress.reached, [state]: at}};
}

/** What lies in the queue is untrusted: @returns null for a job that is not a deployment. */
export function parseJobData(data: unknown): JobData | null {
  return Value.Check(JobData, data) ? data : null;
}

export function parseProgress(progress: unknown, data: JobData): Progress {
  return Value.Check(Progress, progress) ? progress : startOf(data);
}

/** @returns null when the job is not a deployment. */
export function toDeployment(job: JobRecord, log: readonly string[]): Deployment | null {
  const data = parseJobData(job.data);
  if (!data || !job.id) return null;
  const {model, notebook, requestedBy, requestedAt} = data;
  return {
    id: job.id,
    model,
    staged: data.formatVersion === 1 ? data.staged : null,
    notebook,
    requestedBy,
    requestedAt,
    ...settle(parseProgress(job.progress, data), job),
    log: log.map(parseLine),
  };
}

/** A worker that dies too often cannot write its own end: the queue's word that the job failed then counts. */
function settle(progress: Progress, job: JobRecord): Progress {
  if (!job.failedReason || !job.finishedOn || progress.state === 'failed') return progress;
  return advance(progress, 'failed', new Date(job.finishedOn).toISOString(), {
    failure: progress.failure ?? {
      reason: `The deployment was given up while ${progress.state}: ${job.failedReason}.`,
      remedy: "Try again; if it fails once more, look into the log of the deployer's worker.",
    },
  });
}

export function formatLine(level: LogLine['level'], text: string, at: string): string {
  return JSON.stringify({at, level, text} satisfies LogLine);
}

function parseLine(row: string): LogLine {
  try {
    const line: unknown = JSON.parse(row);
    if (Value.Check(LogLine, line)) return line;
  } catch {
    // The queue's own rows are plain text.
  }
  return {at: '', level: 'info', text: row};
}
