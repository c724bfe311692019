import type {Redis} from 'ioredis';
import type {Progress} from './record.js';

/**
 * Figures over all workers since the queue's data began, kept beside the jobs. A deployment that a crash made run to its
 * end twice is counted twice.
 */
const KEY = 'ingot:deploy:metrics';
const STAGES = ['queued', 'checking', 'publishing', 'loading', 'verifying'] as const;

/** How many workers are connected, and how many deployments wait for one or are worked on. */
export interface QueueHealth {
  readonly workers: number;
  readonly waiting: number;
  readonly active: number;
}

/** Counts a deployment that is live or failed, and how long it was in each of its states. */
export async function countSettled(redis: Redis, progress: Progress): Promise<void> {
  const commands = redis.multi().hincrby(KEY, `total:${progress.state}`, 1);
  for (const [stage, seconds] of Object.entries(stageSeconds(progress))) {
    commands.hincrbyfloat(KEY, `seconds:${stage}`, seconds).hincrby(KEY, `count:${stage}`, 1);
  }
  await commands.exec();
}

export async function readCounts(redis: Redis): Promise<Record<string, string>> {
  return redis.hgetall(KEY);
}

/** Seconds in each state that the deployment has left, from the times at which it entered them. */
export function stageSeconds({reached}: Pick<Progress, 'reached'>): Record<string, number> {
  const entered = Object.entries(reached)
    .map(([state, at]) => ({state, at: Date.parse(at)}))
    .sort((a, b) => a.at - b.at);
  const spent: Record<string, number> = {};
  entered.forEach(({state, at}, index) => {
    const next = entered[index + 1];
    if (next) spent[state] = (next.at - at) / 1000;
  });
  return spent;
}

/** Prometheus' text format, version 0.0.4. */
export function renderMetrics(counts: Readonly<Record<string, string>>, health: QueueHealth): string {
  const value = (key: string): string => counts[key] ?? '0';
  return [
    '# HELP ingot_deployments_total Deployments that ended, by how.',
    '# TYPE ingot_deployments_total counter',
    ...['live', 'failed'].map(result => `ingot_deployments_total{result="${result}"} ${value(`total:${result}`)}`),
    '# HELP ingot_deployment_stage_seconds Time that deployments were in a state.',
    '# TYPE ingot_deployment_stage_seconds summary',
    ...STAGES.flatMap(stage => [
      `ingot_deployment_stage_seconds_sum{stage="${stage}"} ${value(`seconds:${stage}`)}`,
      `ingot_deployment_stage_seconds_count{stage="${stage}"} ${value(`count:${stage}`)}`,
    ]),
    '# HELP ingot_deployments_waiting Deployments that no worker has taken yet.',
    '# TYPE ingot_deployments_waiting gauge',
    `ingot_deployments_waiting ${health.waiting}`,
    '# HELP ingot_deployments_active Deployments that are worked on.',
    '# TYPE ingot_deployments_active gauge',
    `ingot_deployments_active ${health.active}`,
    '# HELP ingot_deployer_workers Workers that are connected to the queue.',
    '# TYPE ingot_deployer_workers gauge',
    `ingot_deployer_workers ${health.workers}`,
    '',
  ].join('\n');
}
