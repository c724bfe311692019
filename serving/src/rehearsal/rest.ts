import {once} from 'node:events';
import {connect, type AddressInfo, type Server} from 'node:net';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Metrics} from '../metrics/metrics.js';
import {MODEL, type Rehearsal} from './rehearse.js';
import {restRequests} from './requests.js';

/** @param make a REST door that is closed still */
export function restRehearsal(make: (models: ModelManager, metrics: Metrics) => Promise<Server>): Rehearsal {
  return {
    requests: restRequests(MODEL),
    async open(models, metrics) {
      const server = await make(models, metrics);
      await once(server.listen(0, 'localhost'), 'listening');
      const address = server.address() as AddressInfo;
      return {
        ask: next => ask(address, next),
        close: () => new Promise<void>(resolve => server.close(() => resolve())),
      };
    },
  };
}

/** @param next a whole HTTP/1.1 request; null when it is to end. @throws when an answer is no 200, or the connection ends */
function ask({address, port}: AddressInfo, next: () => Buffer | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address);
    let got = '';
    const goOn = (): void => {
      got = '';
      const request = next();
      if (request !== null) return void socket.write(request);
      socket.destroy();
      resolve();
    };
    socket.on('connect', goOn);
    socket.on('data', chunk => {
      got += chunk.toString('latin1');
      const head = got.indexOf('\r\n\r\n');
      if (head < 0) return;
      if (!got.startsWith('HTTP/1.1 200 ')) return void socket.destroy(new Error(got));
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(got.slice(0, head))?.[1]);
      if (got.length >= head + 4 + length) goOn();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
  });
}
