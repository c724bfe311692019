import {setTimeout as sleep} from 'node:timers/promises';
import {Queue, QueueEvents, type Job} from 'bullmq';
import type {Redis} from 'ioredis';
import {ApiFault, faults} from '../errors.js';
import type {Deployment, DeploymentRequest, LiveRequest} from '../deployment.js';
import {askToCancel, forgetCancel} from './cancel.js';
import {doorConnection, workerConnection} from './connection.js';
import {DOOR_GOODBYE_MS, goodbye} from './goodbye.js';
import {readCounts, renderMetrics, type QueueHealth} from './metrics.js';
import {JOB_OPTIONS} from './options.js';
import {
  QUEUE_NAME,
  deploymentId,
  formatLine,
  parseJobData,
  returnId,
  startOf,
  toDeployment,
  type JobData,
} from './record.js';

const EVERY_STATE = ['active', 'waiting', 'delayed', 'prioritized', 'completed', 'failed'] as const;

/** The API's side of the queue. Every call ends within a second: with its answer, or with the 503 that says why not. */
export class QueueDoor {
  private readonly redis: Redis;
  private readonly queue: Queue<Job<JobData>>;
  private readonly eventsRedis: Redis;
  private readonly events: QueueEvents;

  constructor(
    url: string,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.redis = doorConnection(url);
    this.queue = new Queue<Job<JobData>>(QUEUE_NAME, {connection: this.redis});
    this.eventsRedis = workerConnection(url);
    this.events = new QueueEvents(QUEUE_NAME, {connection: this.eventsRedis});
    // Both reconnect by themselves; a call that suffers from it answers 503.
    this.queue.on('error', () => {});
    this.events.on('error', () => {});
  }

  /**
   * @returns the deployment of the staged model: the one that runs or ran already, else a new one. A failed one is tried
   *   again.
   * @throws ApiFault when the staged model is being deployed under another name, or the queue is down.
   */
  async submit(request: DeploymentRequest): Promise<{deployment: Deployment; created: boolean}> {
    const id = deploymentId(request.staged);
    const known = await this.find(id);
    if (known) {
      if (known.model !== request.model) throw faults.stagedElsewhere(request.staged, known.model, id);
      return {deployment: known.state === 'failed' ? await this.retry(id) : known, created: false};
    }
    const requestedAt = this.now().toISOString();
    const sequence = await this.ask(() => this.nextSequence());
    const data: JobData = {
      formatVersion: 1,
      model: request.model,
      staged: request.staged,
      notebook: request.notebook ?? null,
      requestedBy: request.requestedBy ?? 'unknown',
      requestedAt,
      sequence,
    };
    await this.ask(() => this.queue.add(request.model, data, {...JOB_OPTIONS, jobId: id}));
    // Another request may have been first with this id: what is in the queue counts.
    const deployment = await this.get(id);
    if (deployment.model !== request.model) throw faults.stagedElsewhere(request.staged, deployment.model, id);
    return {deployment, created: true};
  }

  /**
   * @returns the deployment that makes a published version the live one: the model's last one when that is on its way there
   *   already, else a new one.
   */
  async submitReturn(
    model: string,
    {version, requestedBy}: LiveRequest,
  ): Promise<{deployment: Deployment; created: boolean}> {
    const last = (await this.newestFirst(model))[0];
    const before = last && (await this.ask(() => this.read(last)));
    if (before && before.staged === null && before.version === version && !isOver(before)) {
      return {deployment: before, created: false};
    }
    const id = returnId(model, version, last?.data.sequence ?? 0);
    const requestedAt = this.now().toISOString();
    const sequence = await this.ask(() => this.nextSequence());
    const data: JobData = {
      formatVersion: 2,
      model,
      version,
      notebook: null,
      requestedBy: requestedBy ?? 'unknown',
      requestedAt,
      sequence,
    };
    await this.ask(() => this.queue.add(model, data, {...JOB_OPTIONS, jobId: id}));
    // Of two clicks at once the queue keeps the job of one.
    const job = await this.ask(() => this.queue.getJob(id));
    return {deployment: await this.get(id), created: job?.data.sequence === sequence};
  }

  /** @throws ApiFault when there is no such deployment. */
  async get(id: string): Promise<Deployment> {
    const deployment = await this.find(id);
    if (!deployment) throw faults.noDeployment(id);
    return deployment;
  }

  async find(id: string): Promise<Deployment | null> {
    return this.ask(async () => {
      const job = await this.queue.getJob(id);
      return job ? this.read(job) : null;
    });
  }

  /** Newest first. */
  async list(filter: {model?: string | undefined; limit: number}): Promise<Deployment[]> {
    const wanted = (await this.newestFirst(filter.model)).slice(0, filter.limit);
    const read = await this.ask(() => Promise.all(wanted.map(job => this.read(job))));
    return read.flatMap(deployment => deployment ?? []);
  }

  /** @throws ApiFault when there is no such deployment or it has not failed. */
  async retry(id: string): Promise<Deployment> {
    const deployment = await this.get(id);
    if (deployment.state !== 'failed') throw faults.notFailed(id, deployment.state);
    await this.ask(async () => {
      const job = await this.queue.getJob(id);
      if (!job) return;
      // A worker tells of the failure a moment before the queue has put the job with the failed ones.
      for (let looks = 0; !(await job.isFailed()); looks++) {
        if (looks === 25) throw faults.notFailed(id, 'still ending');
        await sleep(20);
      }
      const at = this.now().toISOString();
      await forgetCancel(this.redis, id);
      await job.updateData({...job.data, sequence: await this.nextSequence()});
      await job.log(formatLine('info', 'Asked to try again.', at));
      await job.updateProgress(startOf(job.data, at));
      await job.retry('failed', {resetAttemptsMade: true, resetAttemptsStarted: true});
    });
    return this.get(id);
  }

  /**
   * Asks for a deployment to be given up. A worker does it, before the version becomes visible or a pin moves; not after.
   * @throws ApiFault when it is published, live or failed already.
   */
  async cancel(id: string, by: string): Promise<Deployment> {
    const deployment = await this.get(id);
    const {state, version, staged} = deployment;
    const published = staged !== null && version !== null;
    if (published || isOver(deployment)) throw faults.tooLateToCancel(id, state, published ? version : null);
    await this.ask(() => askToCancel(this.redis, id, by));
    return this.get(id);
  }

  /** Calls `listener` whenever the queue says that something happened to the deployment. @returns how to stop it. */
  watch(id: string, listener: () => void): () => void {
    const onEvent = (event: {jobId: string}): void => {
      if (event.jobId === id) listener();
    };
    const names = ['progress', 'completed', 'failed', 'active', 'waiting', 'delayed', 'stalled'] as const;
    this.events.setMaxListeners(0);
    for (const name of names) this.events.on(name, onEvent);
    return () => {
      for (const name of names) this.events.off(name, onEvent);
    };
  }

  async health(): Promise<QueueHealth> {
    return this.ask(async () => {
      const [workers, counts] = await Promise.all([
        this.queue.getWorkersCount(),
        this.queue.getJobCounts('waiting', 'active', 'delayed'),
      ]);
      return {workers, waiting: (counts['waiting'] ?? 0) + (counts['delayed'] ?? 0), active: counts['active'] ?? 0};
    });
  }

  /** Prometheus' text. */
  async metrics(): Promise<string> {
    const health = await this.health();
    return this.ask(async () => renderMetrics(await readCounts(this.redis), health));
  }

  async close(): Promise<void> {
    // A queue that is away answers no goodbye.
    if (this.redis.status === 'ready') await goodbye([this.events.close(), this.queue.close()], DOOR_GOODBYE_MS);
    this.redis.disconnect();
    this.eventsRedis.disconnect();
  }

  private async read(job: Job<JobData>): Promise<Deployment | null> {
    const {logs} = await this.queue.getJobLogs(job.id ?? '');
    return toDeployment(job, logs);
  }

  private async newestFirst(model?: string): Promise<Job<JobData>[]> {
    const jobs = await this.ask(() => this.queue.getJobs([...EVERY_STATE]));
    return jobs
      .filter(({data}) => parseJobData(data) && (model === undefined || data.model === model))
      .sort((a, b) => b.data.sequence - a.data.sequence);
  }

  private nextSequence(): Promise<number> {
    return this.redis.incr(`ingot:${QUEUE_NAME}:sequence`);
  }

  private async ask<T>(call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(faults.queueDown('no answer within 900 ms')), 900);
    });
    try {
      if (this.redis.status !== 'ready') await this.ready(late);
      return await Promise.race([call(), late]);
    } catch (error) {
      if (error instanceof ApiFault) throw error;
      throw faults.queueDown(reasonOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** The first request after a start, or after the server came back, may find the connection still being made. */
  private async ready(late: Promise<never>): Promise<void> {
    let onReady: () => void = () => {};
    const ready = new Promise<void>(resolve => {
      onReady = resolve;
      this.redis.once('ready', onReady);
    });
    try {
      await Promise.race([ready, late]);
    } finally {
      this.redis.off('ready', onReady);
    }
  }
}

/** The client's own words for a lost connection speak of its options. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'MaxRetriesPerRequestError' ? 'the connection was lost' : error.message;
}

function isOver({state}: Deployment): boolean {
  return state === 'live' || state === 'failed';
}
