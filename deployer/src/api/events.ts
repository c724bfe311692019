import type {FastifyReply} from 'fastify';
import type {Deployment} from '../deployment.js';
import {faults} from '../errors.js';
import type {QueueDoor} from '../queue/door.js';

const POLL_MS = 1000;
const HEARTBEAT_MS = 15_000;
const MAX_STREAMS = 200;

/**
 * Server-sent events: each is a whole `Deployment`, sent when it differs from the one before. The stream ends when the
 * deployment is live or failed. The queue's events only hasten it: they can be missed, so it looks by itself as well.
 */
export class EventStreams {
  private readonly open = new Set<() => void>();

  constructor(private readonly queue: QueueDoor) {}

  /** @throws ApiFault when the deployment is not there, or too many streams are open. */
  async stream(id: string, reply: FastifyReply): Promise<void> {
    if (this.open.size >= MAX_STREAMS) throw faults.tooManyStreams(MAX_STREAMS);
    const first = await this.queue.get(id);
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    let sent = '';
    const end = (): void => {
      if (!this.open.delete(end)) return;
      clearInterval(poll);
      clearInterval(heartbeat);
      unwatch();
      reply.raw.end();
    };
    const send = (deployment: Deployment): void => {
      const text = JSON.stringify(deployment);
      if (text !== sent && this.open.has(end)) reply.raw.write(`event: deployment\ndata: ${text}\n\n`);
      sent = text;
      if (deployment.state === 'live' || deployment.state === 'failed') end();
    };
    const look = (): void => {
      // A queue that is away for a moment is looked at again by the next poll.
      this.queue.find(id).then(
        deployment => (deployment ? send(deployment) : end()),
        () => {},
      );
    };
    this.open.add(end);
    const unwatch = this.queue.watch(id, look);
    const poll = setInterval(look, POLL_MS);
    const heartbeat = setInterval(() => reply.raw.write(': still there\n\n'), HEARTBEAT_MS);
    reply.raw.on('close', end);
    send(first);
  }

  closeAll(): void {
    for (const end of [...this.open]) end();
  }
}
