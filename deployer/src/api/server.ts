import type {AddressInfo} from 'node:net';
import type {Log} from '../log.js';
import {AuditTrail} from '../lineage/audit.js';
import {tolerantAudit} from '../lineage/tolerant-audit.js';
import {QueueDoor} from '../queue/door.js';
import {ServingClient} from '../serving/client.js';
import type {Settings} from '../settings.js';
import {buildApp} from './app.js';

/** Listens; @returns how to stop: running requests end, event streams are closed. */
export async function runApi(settings: Settings, log: Log): Promise<() => Promise<void>> {
  const queue = new QueueDoor(settings.redisUrl);
  const trail = new AuditTrail(settings.auditDir, 'api');
  const app = await buildApp({
    ...settings,
    queue,
    serving: new ServingClient(settings.servingUrl),
    log,
    audit: tolerantAudit(trail, log),
  });
  await app.listen({host: settings.host, port: settings.port});
  const {address, port} = app.server.address() as AddressInfo;
  log('info', `Deployer API listens on http://${address}:${port}.`);
  return async () => {
    await app.close();
    await queue.close();
    await trail.close();
  };
}
