import {writeSync} from 'node:fs';
import {workerData, type MessagePort} from 'node:worker_threads';
import {Caller} from '../threads/calls.js';
import {isUrgent, type CompilerCalls, type ToMain} from '../threads/messages.js';
import {readConnection} from '../wire/connection.js';
import {Sockets} from '../wire/sockets.js';
import type {TypeErrors} from './executions.js';
import {LastRun} from './last-run.js';
import {Server} from './server.js';

export interface ServerWorkerData {
  readonly connectionFile: string;
  readonly main: MessagePort;
  readonly compiler: MessagePort;
  readonly answers: MessagePort;
  readonly inputState: Int32Array<SharedArrayBuffer>;
  /** Counts calls to the compiler that a person waits for; a type check gives way to them. */
  readonly urgent: Int32Array<SharedArrayBuffer>;
}

const {connectionFile, main, compiler, answers, inputState, urgent} = workerData as ServerWorkerData;

/** The server thread's own log, past what cells print: Jupyter shows it in its terminal. */
const log = (error: unknown) => writeSync(2, `ingot kernel: ${error instanceof Error ? error.stack : String(error)}\n`);

const sockets = new Sockets(readConnection(connectionFile), log);
await sockets.bind();
new Server({
  sockets,
  main,
  compiler: new Caller<CompilerCalls>(compiler, method => {
    if (isUrgent(method)) {
      Atomics.add(urgent, 0, 1);
    }
  }),
  answers,
  inputState,
  lastRun: new LastRun(connectionFile),
  typeErrors: typeErrors(process.env['INGOT_TYPE_ERRORS']),
  log,
  end: code => {
    main.postMessage({type: 'end', code} satisfies ToMain);
    Atomics.store(inputState, 1, 1);
    Atomics.notify(inputState, 1);
    // User code that blocks the main thread hears nothing.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500);
  },
}).start();

function typeErrors(setting = 'warn'): TypeErrors {
  if (setting === 'warn' || setting === 'stop' || setting === 'off') {
    return setting;
  }
  log(`INGOT_TYPE_ERRORS is "${setting}"; it must be warn, stop or off. Type errors are shown as warnings.`);
  return 'warn';
}
