import {writeSync} from 'node:fs';
import {workerData, type MessagePort} from 'node:worker_threads';
import {Caller} from '../threads/calls.js';
import type {CompilerCalls, ToMain} from '../threads/messages.js';
import {readConnection} from '../wire/connection.js';
import {Sockets} from '../wire/sockets.js';
import {Server} from './server.js';

export interface ServerWorkerData {
  readonly connectionFile: string;
  readonly main: MessagePort;
  readonly compiler: MessagePort;
  readonly answers: MessagePort;
  readonly inputState: Int32Array<SharedArrayBuffer>;
}

const {connectionFile, main, compiler, answers, inputState} = workerData as ServerWorkerData;

/** The server thread's own log, past what cells print: Jupyter shows it in its terminal. */
const log = (error: unknown) => writeSync(2, `ingot kernel: ${error instanceof Error ? error.stack : String(error)}\n`);

const sockets = new Sockets(readConnection(connectionFile), log);
await sockets.bind();
new Server({
  sockets,
  main,
  compiler: new Caller<CompilerCalls>(compiler),
  answers,
  inputState,
  log,
  end: code => {
    main.postMessage({type: 'end', code} satisfies ToMain);
    Atomics.store(inputState, 1, 1);
    Atomics.notify(inputState, 1);
    // User code that blocks the main thread hears nothing.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500);
  },
}).start();
