import fs from 'node:fs/promises';
import {workerData, type MessagePort} from 'node:worker_threads';
import {answerCalls} from '../threads/calls.js';
import type {CompilerCalls} from '../threads/messages.js';
import {Compiler} from './compiler.js';
import {compileModule} from './module.js';

export interface CompilerWorkerData {
  readonly folder: string;
  readonly main: MessagePort;
  readonly server: MessagePort;
}

const {folder, main, server} = workerData as CompilerWorkerData;
const compiler = new Compiler(folder);

for (const port of [main, server]) {
  answerCalls<CompilerCalls>(port, {
    compile: ({source, name}) => compiler.compile(source, name),
    commit: ({name}) => compiler.commit(name),
    module: async ({file}) => compileModule(await fs.readFile(file, 'utf8'), file),
    check: () => [],
    complete: ({offset}) => ({matches: [], start: offset, end: offset}),
    inspect: () => null,
    isComplete: ({source}) => compiler.isComplete(source),
  });
}
