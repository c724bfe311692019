import {Worker} from 'node:worker_threads';
import {StatusError, type Code} from '../status/status.js';
import type {Jobs} from './jobs.js';

/** Jobs that threads do, by name: what they are asked, and what they answer. */
export type JobTable<J> = {readonly [N in keyof J]: {ask: unknown; answer: unknown}};

export interface Asked<J extends JobTable<J>, N extends keyof J> {
  readonly name: N;
  readonly ask: J[N]['ask'];
}
export type Replied<Answer> =
  {readonly answer: Answer} | {readonly failure: {readonly code: Exclude<Code, 'OK'>; readonly message: string}};

interface Job<J extends JobTable<J>> {
  readonly asked: Asked<J, keyof J>;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (answer: J[keyof J]['answer']) => void;
  readonly reject: (error: Error) => void;
}

/** A document that needs more than this is given up, and with it its worker: the server has memory left then. */
const MAX_HEAP_MB = 2048;
const BODY_WORKER = new URL('./worker.js', import.meta.url);

/** A thread that has had nothing to do for so long ends, and gives the memory of its last document back. */
const IDLE_MS = 5000;

export interface PoolOptions {
  /** The module that a thread runs, which calls `serveJobs`; that for bodies unless given. */
  readonly worker?: URL;
  /** What the documents of one thread may take. */
  readonly heapMb?: number;
  /** What errors call that with which a thread cannot go on. */
  readonly subject?: string;
}

/** Threads that do beside the event loop what takes long, such as reading large bodies. They start as they are needed. */
export class WorkerPool<J extends JobTable<J> = Jobs> {
  private readonly waiting: Job<J>[] = [];
  private readonly idle = new Map<Worker, NodeJS.Timeout>();
  private readonly busy = new Map<Worker, Job<J>>();

  /** @param size threads at most */
  constructor(
    private readonly size: number,
    private readonly options: PoolOptions = {},
  ) {}

  /** @param transfer memory that is handed over @throws StatusError of the job; RESOURCE_EXHAUSTED when it takes too much memory */
  run<N extends keyof J>(name: N, ask: J[N]['ask'], transfer: readonly ArrayBuffer[] = []): Promise<J[N]['answer']> {
    return new Promise((resolve, reject) => {
      const settle = resolve as Job<J>['resolve'];
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
    const job = this.waiting.shift() as Job<J>;
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
    const {worker: url = BODY_WORKER, heapMb = MAX_HEAP_MB, subject = 'The body'} = this.options;
    const worker = new Worker(url, {resourceLimits: {maxOldGenerationSizeMb: heapMb}});
    worker.on('message', (reply: Replied<J[keyof J]['answer']>) => {
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
      this.drop(
        worker,
        full ? `${subject} takes too much memory` : `${subject} could not be handled: ${error.message}`,
      );
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
