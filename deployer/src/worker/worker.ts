import {Queue, Worker} from 'bullmq';
import {AuditTrail} from '../lineage/audit.js';
import {tolerantAudit} from '../lineage/tolerant-audit.js';
import type {Log} from '../log.js';
import {sweepIncoming} from '../publish/sweep.js';
import {cancelledBy} from '../queue/cancel.js';
import {workerConnection} from '../queue/connection.js';
import {WORKER_GOODBYE_MS, goodbye} from '../queue/goodbye.js';
import {WORKER_OPTIONS} from '../queue/options.js';
import {QUEUE_NAME, type JobData} from '../queue/record.js';
import {ServingClient} from '../serving/client.js';
import {ServingControl} from '../serving/control.js';
import type {Settings} from '../settings.js';
import {keepOutcomes} from './outcomes.js';
import {processDeployment} from './process.js';

const SWEEP_EVERY_MS = 3_600_000;
const SWEEP_AGE_MS = 6 * 3_600_000;

/** Works on deployments; @returns how to stop: what is under way is left for the next worker. */
export async function runWorker(settings: Settings, log: Log): Promise<() => Promise<void>> {
  const connection = workerConnection(settings.redisUrl);
  const queue = new Queue<JobData>(QUEUE_NAME, {connection});
  const trail = new AuditTrail(settings.auditDir, 'worker');
  const stopping = new AbortController();
  const serving = new ServingClient(settings.servingUrl);
  const admin = settings.servingAdmin;
  const control = admin === null ? null : new ServingControl(admin.url, admin.token);
  const worker = new Worker<JobData, void>(
    QUEUE_NAME,
    (job, token, signal) =>
      processDeployment(job, token, signal ?? new AbortController().signal, {
        settings,
        serving,
        control,
        partLog: log,
        now: () => new Date(),
        reached: dieAt(process.env['INGOT_TEST_DIE_AT']),
        unfinished: () => queue.getJobs(['active', 'waiting', 'delayed', 'prioritized']),
        stopping: stopping.signal,
        cancelledBy: id => cancelledBy(connection, id),
        outcome: keepOutcomes(connection, tolerantAudit(trail, log), log),
      }),
    {connection, concurrency: settings.concurrency, ...WORKER_OPTIONS},
  );
  let complaint = '';
  worker.on('error', error => {
    if (error.message !== complaint) log('warning', `The queue: ${error.message}`);
    complaint = error.message;
  });
  queue.on('error', () => {});
  const sweep = async (): Promise<void> => {
    const removed = await sweepIncoming(settings.modelsDir, SWEEP_AGE_MS, Date.now());
    if (removed.length) log('info', `Removed what a killed worker left behind: ${removed.join(', ')}`);
  };
  await sweep();
  const timer = setInterval(
    () => void sweep().catch(error => log('warning', `Sweeping failed: ${error}`)),
    SWEEP_EVERY_MS,
  );
  void worker.waitUntilReady().then(
    () => log('info', `Works on deployments, ${settings.concurrency} at a time; versions go to ${settings.modelsDir}.`),
    () => {},
  );
  return async () => {
    clearInterval(timer);
    stopping.abort(new Error('the worker stops'));
    // A queue that is away answers no goodbye: its lock on what is under way runs out, and another worker takes it.
    if (connection.status === 'ready') {
      await goodbye([worker.close()], WORKER_GOODBYE_MS);
      await queue.close();
    }
    connection.disconnect();
    await trail.close();
  };
}

/** For tests of what a crash leaves behind: ends this process, as `kill -9` does, when the step is reached. */
function dieAt(step: string | undefined): (reached: string) => void {
  return reached => {
    if (reached === step) process.kill(process.pid, 'SIGKILL');
  };
}
