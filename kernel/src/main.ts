#!/usr/bin/env node
import {prepareEnvironment} from '@ingot/tensorflow/native/environment';
import path from 'node:path';
import util from 'node:util';
import {MessageChannel, Worker} from 'node:worker_threads';
import {startKernel} from './execution/kernel.js';
import {runInstall, runUninstall} from './install/cli.js';
import {Caller} from './threads/calls.js';
import type {CompilerCalls} from './threads/messages.js';

const USAGE = `Usage:
  ingot-kernel install [--user | --prefix <Python environment>]     offers the kernel in Jupyter
  ingot-kernel uninstall [--user | --prefix <Python environment>]   takes it away
  ingot-kernel <connection file>                                    what Jupyter calls
`;

function main(args: readonly string[]): void {
  const [first] = args;
  if (first === 'install' || first === 'uninstall') {
    runCommand(first === 'install' ? runInstall : runUninstall, args.slice(1));
  } else if (first === '--help' || first === '-h') {
    console.log(USAGE);
  } else if (first === undefined || first.startsWith('-')) {
    console.error(USAGE);
    process.exitCode = 2;
  } else {
    serve(path.resolve(first));
  }
}

/** What went wrong is for the person at the terminal: a sentence, no stack. */
function runCommand(command: (args: readonly string[]) => void, args: readonly string[]): void {
  try {
    command(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function serve(connectionFile: string): void {
  restoreLegacyUtil();
  // A cell may load TensorFlow.js before anything of Ingot's.
  prepareEnvironment();
  const [server, compiler, compilerOfServer, answers] = Array.from({length: 4}, () => new MessageChannel()) as [
    MessageChannel,
    MessageChannel,
    MessageChannel,
    MessageChannel,
  ];
  const inputState = new Int32Array(new SharedArrayBuffer(8));
  const urgent = new Int32Array(new SharedArrayBuffer(4));
  const folder = process.cwd();
  const worker = (file: string, workerData: object, transferList: MessageChannel['port1'][]) =>
    new Worker(new URL(file, import.meta.url), {workerData, transferList}).on('error', error => {
      process.stderr.write(`ingot kernel: ${error.stack ?? error.message}\n`);
      process.kill(process.pid, 'SIGKILL');
    });
  worker(
    './server/worker.js',
    {connectionFile, main: server.port2, compiler: compilerOfServer.port1, answers: answers.port2, inputState, urgent},
    [server.port2, compilerOfServer.port1, answers.port2],
  );
  worker('./compile/worker.js', {folder, main: compiler.port2, server: compilerOfServer.port2, urgent}, [
    compiler.port2,
    compilerOfServer.port2,
  ]);
  startKernel({
    server: server.port1,
    compiler: new Caller<CompilerCalls>(compiler.port1),
    answers: answers.port1,
    inputState,
    folder,
  });
}

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function restoreLegacyUtil(): void {
  const legacy = util as unknown as Record<string, unknown>;
  legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  legacy['isArray'] ??= Array.isArray;
}

main(process.argv.slice(2));
