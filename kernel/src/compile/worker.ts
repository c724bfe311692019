import fs from 'node:fs/promises';
import {workerData, type MessagePort} from 'node:worker_threads';
import {answerCalls} from '../threads/calls.js';
import {isUrgent, type CompilerCalls} from '../threads/messages.js';
import {Compiler} from './compiler.js';
import {compileModule} from './module.js';

export interface CompilerWorkerData {
  readonly folder: string;
  readonly main: MessagePort;
  readonly server: MessagePort;
  readonly urgent: Int32Array<SharedArrayBuffer>;
}

const IDLE_MS = 300;

const {folder, main, server, urgent} = workerData as CompilerWorkerData;
const isUrgentWaiting = () => Atomics.load(urgent, 0) > 0;
const compiler = new Compiler(folder, isUrgentWaiting);

/** Reading the libraries' types takes about a second: done when nobody waits. */
let isWarm = false;
const warmUp = () => {
  isWarm = true;
  compiler.language.warmUp();
};
const warmUpTimer = setTimeout(warmUp, IDLE_MS);
const onTaken = () => {
  if (!isWarm) {
    warmUpTimer.refresh();
  }
};

const handlers: Parameters<typeof answerCalls<CompilerCalls>>[1] = {
  compile: ({source, name}) => compiler.compile(source, name),
  commit: ({name}) => compiler.commit(name),
  module: async ({file}) => compileModule(await fs.readFile(file, 'utf8'), file),
  check: ({source, must}) => (must || (isWarm && !isUrgentWaiting()) ? compiler.language.check(source, must) : []),
  complete: ({source, offset}) => {
    isWarm = true;
    return compiler.language.complete(source, offset);
  },
  inspect: ({source, offset}) => {
    isWarm = true;
    return compiler.language.inspect(source, offset);
  },
  isComplete: ({source}) => compiler.isComplete(source),
};
answerCalls<CompilerCalls>(main, handlers, onTaken);
answerCalls<CompilerCalls>(server, handlers, method => {
  onTaken();
  if (isUrgent(method)) {
    Atomics.sub(urgent, 0, 1);
  }
});
