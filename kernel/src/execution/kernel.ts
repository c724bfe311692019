import {createHash} from 'node:crypto';
import type {MessagePort} from 'node:worker_threads';
import {serveDeploy} from '../comm/deploy.js';
import {CommManager} from '../comm/manager.js';
import {DEPLOY_COMM_TARGET} from '../comm/protocol.js';
import {bundleOf} from '../display/bundle.js';
import type {DisplayPort} from '../display/seam.js';
import type {Caller} from '../threads/calls.js';
import type {CompilerCalls, FromMain, RunRequest, ToMain} from '../threads/messages.js';
import {prepareStackTrace} from './errors.js';
import {Executor, type Outcome} from './executor.js';
import {installGlobals} from './globals.js';
import {Input} from './input.js';
import {Interrupts} from './interrupts.js';
import {Modules} from './modules.js';
import type {NotebookPort} from './notebook-port.js';
import {Output} from './output.js';
import {onImported} from './packages.js';
import {Sources} from './sources.js';
import {TensorWatch} from './tensors.js';

export interface KernelPorts {
  readonly server: MessagePort;
  readonly compiler: Caller<CompilerCalls>;
  readonly answers: MessagePort;
  readonly inputState: Int32Array<SharedArrayBuffer>;
  /** The notebook's folder. */
  readonly folder: string;
}

/** The main thread: runs cells and tells the server thread what they print, show and return. */
export function startKernel({server, compiler, answers, inputState, folder}: KernelPorts): void {
  const send = (message: FromMain) => {
    output.flush();
    server.postMessage(message);
  };
  const output = new Output(message => server.postMessage(message));
  const interrupts = new Interrupts();
  const sources = new Sources();
  const display: DisplayPort = {
    display: (bundle, {displayId, update = false, metadata = {}} = {}) =>
      send({
        type: 'display',
        cell: executor.cell,
        bundle: cloneable(bundle),
        metadata: cloneable(metadata),
        update,
        ...(displayId === undefined ? {} : {displayId}),
      }),
    clear: (wait = false) => send({type: 'clear', cell: executor.cell, wait}),
  };
  const modules: Modules = new Modules(
    folder,
    file => compiler.call('module', {file}),
    sources,
    (specifier, namespace) => onImported(specifier, namespace, {interrupts, display, require: modules.require}),
  );
  const tensors = new TensorWatch();
  const executor = new Executor(modules, sources, interrupts);
  const input = new Input(send, answers, inputState, () => executor.context);
  const comms = new CommManager(message => send({...message, type: 'comm', cell: executor.cell}), {
    current: () => executor.cell,
    within: (cell, handler) => executor.within(cell, handler),
  });
  const codeHash = createHash('sha256');
  comms.register(DEPLOY_COMM_TARGET, comm => serveDeploy(comm, () => codeHash.copy().digest('hex')));

  const write = (name: 'stdout' | 'stderr', text: string) => output.write(executor.cell, name, text);
  Object.defineProperty(globalThis, Symbol.for('ingot.variables'), {value: executor.scope.members});
  // TensorFlow.js alone stacks more frames than the ten that V8 keeps: the user's own line would be lost.
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = prepareStackTrace(sources);
  const notebook: NotebookPort = {
    folder,
    cell: () => executor.origin,
    declaredBy: name => executor.declaredBy(name),
    packages: () => [...modules.packages].sort(),
  };
  installGlobals({display, interrupts, comms, input, scope: executor.scope, notebook, write});
  captureStreams(write);
  const reportLate = (error: unknown) => write('stderr', `${executor.describe(error).traceback.join('\n')}\n`);
  reportLateErrors(reportLate);
  // Interrupts come as messages; a signal from elsewhere (Ctrl-C in a terminal's group) means the same, and must not kill.
  process.on('SIGINT', () => executor.interrupt());
  const exit = endThroughServer(inputState, code => send({type: 'exit', cell: executor.cell, code}));

  server.on('message', (message: ToMain) => {
    switch (message.type) {
      case 'run':
        codeHash.update(`${message.source}\n`);
        tensors.begin();
        executor.run(message, outcome => void finish(message, outcome));
        break;
      case 'interrupt':
        send({type: 'heard'});
        executor.interrupt();
        break;
      case 'terminated':
        tensors.unwind();
        executor.terminated(message.cell);
        break;
      case 'comm':
        void comms.receive(message).catch(reportLate);
        break;
      case 'end':
        exit(message.code);
    }
  });

  async function finish(request: RunRequest, outcome: Outcome): Promise<void> {
    const {cell} = request;
    if ('error' in outcome) {
      send({type: 'finished', cell, error: outcome.error});
      return;
    }
    const leak = tensors.warning();
    if (leak !== undefined) {
      write('stderr', leak);
    }
    const userExpressions = await evaluateAll(request);
    const result =
      outcome.value === undefined ? {} : {result: {bundle: cloneable(bundleOf(outcome.value)), metadata: {}}};
    send({type: 'finished', cell, userExpressions, ...result});
  }

  async function evaluateAll({cell, userExpressions}: RunRequest): Promise<Record<string, unknown>> {
    const results: Record<string, unknown> = {};
    for (const [key, compiled] of Object.entries(userExpressions)) {
      try {
        const value = await executor.evaluate(compiled, cell);
        results[key] = {status: 'ok', data: cloneable(bundleOf(value)), metadata: {}};
      } catch (error) {
        results[key] = {status: 'error', ...executor.describe(error)};
      }
    }
    return results;
  }

  send({type: 'ready'});
}

/** What is sent to a front end is JSON; functions and the like in it are dropped here, where they are. */
function cloneable<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? Number(each) : each)),
  ) as T;
}

function captureStreams(write: (name: 'stdout' | 'stderr', text: string) => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const capture = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const callback = rest.find(each => typeof each === 'function');
      if (callback) {
        queueMicrotask(callback as () => void);
      }
      return true;
    };
    process[name].write = capture as typeof process.stdout.write;
  }
}

/** An error after its cell has ended is shown, and ends nothing. */
function reportLateErrors(report: (error: unknown) => void): void {
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

/** `process.exit` in a cell tells why the kernel ends before it does. Returns the real one. */
function endThroughServer(state: Int32Array<SharedArrayBuffer>, tell: (code: number) => void): (code: number) => never {
  const exit = process.exit.bind(process);
  process.exit = (code?: number | string | null) => {
    const number = Number(code ?? process.exitCode ?? 0);
    tell(number);
    Atomics.wait(state, 1, 0, 2000);
    return exit(number);
  };
  return exit;
}
