import type {Server} from 'node:http';
import type {Socket} from 'node:net';
import {Server as TlsServer} from 'node:tls';
import {Connection, type Host} from './connection.js';

/** How often connections are looked at that wait for too long. */
const LOOK_MS = 1000;

/**
 * Lets plain requests of a server's connections be answered without its parser and its objects; the server goes on to do
 * all else, for connections on which something else comes.
 */
export function answerPlainRequests(server: Server, responder: Host['responder'], lookMs = LOOK_MS): void {
  // An encrypted connection is one only after its handshake.
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  const take = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  const connections = new Set<Connection>();
  const host: Host = {
    responder,
    get keepAliveMs() {
      return server.keepAliveTimeout;
    },
    get open() {
      return server.listening;
    },
    handOver(socket) {
      for (const listener of take) listener.call(server, socket);
      socket.resume();
    },
    brokeOff: socket => clientError(server, socket, 'HPE_INVALID_EOF_STATE'),
    left: connection => connections.delete(connection),
  };
  server.on(event, (socket: Socket) => connections.add(new Connection(socket, host)));
  const look = (): void => endOverdue(server, connections);
  let looking: NodeJS.Timeout | undefined;
  server.on('listening', () => (looking = setInterval(look, lookMs).unref()));
  server.on('close', () => clearInterval(looking));
  endWithServer(server, connections);
}

/** As node:http does with its own. */
function endOverdue(server: Server, connections: ReadonlySet<Connection>): void {
  const now = performance.now();
  for (const {awaits, since, socket} of connections) {
    const waited = now - since;
    if (awaits === 'next request') {
      if (waited >= server.keepAliveTimeout) socket.destroy();
    } else if (awaits !== 'answer') {
      const limit = awaits === 'body' ? server.requestTimeout : server.headersTimeout;
      if (limit > 0 && waited >= limit) clientError(server, socket, 'ERR_HTTP_REQUEST_TIMEOUT');
    }
  }
}

/** Whoever closes the server's connections closes these, too. */
function endWithServer(server: Server, connections: ReadonlySet<Connection>): void {
  const [closeIdle, closeAll] = [server.closeIdleConnections.bind(server), server.closeAllConnections.bind(server)];
  server.closeIdleConnections = () => {
    closeIdle();
    for (const connection of connections) {
      if (connection.idle) connection.end();
    }
  };
  server.closeAllConnections = () => {
    closeAll();
    for (const {socket} of connections) socket.destroy();
  };
}

/** Tells it as node:http does what its parser finds. */
function clientError(server: Server, socket: Socket, code: string): void {
  const error = Object.assign(new Error(code), {code});
  if (!server.emit('clientError', error, socket)) socket.destroy();
}
