import {Worker} from 'node:worker_threads';
import {StatusError, type Code} from '../status/status.js';
import type {Answer, Ask, JobName} from './jobs.js';

export interface Asked<N extends JobName> {
  readonly name: N;
  readonly ask: Ask<N>;
}
export type Replied<N extends JobName> =
  {readonly answer: Answer<N>} | {readonly failure: {readonly code: Exclude<Code, 'OK'>; readonly message: string}};

interface Job {
  readonly asked: Asked<JobName>;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (answer: Answer<JobName>) => void;
  readonly reject: (error: Error) => void;
}

/** A document that needs more than this is given up, and with it its worker: the server has memory left then. */
const MAX_HEAP_MB = 2048;
const WORKER = new URL('./worker.js', import.meta.url);

/** A thread that has had nothing to do for so long ends, and gives the memory of its last document back. */
const IDLE_MS = 5000;

/** Threads that read and write large bodies beside the event loop. They start as they are needed. */
export class WorkerPool {
  private readonly waiting: Job[] = [];
  private readonly idle = new Map<Worker, NodeJS.Timeout>();
  private readonly busy = new Map<Worker, Job>();

  /**
   * @param size threads at most
   * @param heapMb what the documents of one may take
   */
  constructor(
    private readonly size: number,
    private readonly heapMb = MAX_HEAP_MB,
  ) {}

  /** @param transfer memory that is handed over @throws StatusError of the job; RESOURCE_EXHAUSTED when it takes too much memory */
  run<N extends JobName>(name: N, ask: Ask<N>, transfer: readonly ArrayBuffer[]): Promise<Answer<N>> {
    return new Promise((resolve, reject) => {
      const settle = resolve as (answer: Answer<JobName>) => void;
      this.waiting.push({asked: {name, ask}, transfer, resolve: settle, reject});
      this.next();
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.idle.keys(), ...this.busy.keys()].map(worker => worker.terminate()));
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    const worker = this.takeIdle() ?? (this.busy.size < this.size ? this.start() : undefined);
    if (worker === undefined) return;
    const job = this.waiting.shift() as Job;
    this.busy.set(worker, job);
    // It keeps the process alive only while it works.
    worker.ref();
    worker.postMessage(job.asked, job.transfer);
  }

  /** The one that was busy last: the others may end. */
  private takeIdle(): Worker | undefined {
    const worker = [...this.idle.keys()].at(-1);
    if (worker === undefined) return undefined;
    clearTimeout(this.idle.get(worker));
    this.idle.delete(worker);
    return worker;
  }

  private start(): Worker {
    const worker = new Worker(WORKER, {resourceLimits: {maxOldGenerationSizeMb: this.heapMb}});
    worker.on('message', (reply: Replied<JobName>) => {
      const job = this.busy.get(worker);
      this.busy.delete(worker);
      worker.unref();
      this.idle.set(worker, setTimeout(() => void worker.terminate(), IDLE_MS).unref());
      if ('answer' in reply) job?.resolve(reply.answer);
      else job?.reject(new StatusError(reply.failure.code, reply.failure.message));
      this.next();
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.drop(worker, full ? 'The body takes too much memory' : `The body could not be handled: ${error.message}`);
    });
    worker.on('exit', () => this.drop(worker, 'The server is closing'));
    return worker;
  }

  private drop(worker: Worker, reason: string): void {
    const job = this.busy.get(worker);
    this.busy.delete(worker);
    clearTimeout(this.idle.get(worker));
    this.idle.delete(worker);
    job?.reject(new StatusError('RESOURCE_EXHAUSTED', reason));
    this.next();
  }
}
