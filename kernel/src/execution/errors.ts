import path from 'node:path';
import {inspect} from 'node:util';
import {codeFrame} from './code-frame.js';
import type {ErrorContent} from '../threads/messages.js';
import type {Sources} from './sources.js';

const FRAME = /^(\s+at (?:.*? \()?)(?:file:\/\/)?(\/.*?|[A-Za-z]:\\.*?):(\d+):(\d+)(\)?)$/;
const KERNEL = path.dirname(path.dirname(new URL(import.meta.url).pathname));
/** How Node.js hands a message to the kernel. */
const INTERNAL = /node:internal|\[nodejs\./;
/** Of code that is not the user's. */
const MAX_PACKAGE_FRAMES = 4;
const RED = '\u001b[31m';
const PLAIN = '\u001b[39m';

/**
 * What a front end shows for something thrown by user code: its name and message, the line of the cell that it came
 * from, and those frames of the stack that are not the kernel's.
 * @param sourceOf the text of a cell or file, or undefined when it is not known.
 */
export function errorContent(
  thrown: unknown,
  sources: Sources,
  sourceOf: (name: string) => string | undefined,
): ErrorContent {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const evalue = typeof thrown === 'string' ? thrown : inspect(thrown);
    return {ename: 'Thrown', evalue, traceback: [`${RED}Thrown${PLAIN}: ${evalue}`]};
  }
  const {message: evalue} = thrown;
  // A class of the user's own seldom sets `name`.
  const ename = (thrown.name === 'Error' && thrown.constructor.name) || thrown.name;
  const frames = userFrames(thrown.stack ?? '', sources, PREPARED.has(thrown));
  const traceback = [`${RED}${ename}${PLAIN}: ${evalue}`];
  const first = frames.find(frame => frame.isUser);
  const excerpt = first && codeFrame(sourceOf(first.file), first.line, first.column);
  if (excerpt) {
    traceback.push(excerpt);
  }
  traceback.push(...collapsed(frames.map(frame => frame.text)));
  if (thrown.cause !== undefined) {
    const cause = errorContent(thrown.cause, sources, sourceOf);
    traceback.push(`Caused by ${cause.traceback.join('\n')}`);
  }
  if ('errors' in thrown && Array.isArray(thrown.errors)) {
    traceback.push(
      ...thrown.errors.slice(0, 5).map(each => errorContent(each, sources, sourceOf).traceback.join('\n')),
    );
  }
  return {ename, evalue, traceback};
}

/** Errors whose stack has the places of the TypeScript already. */
const PREPARED = new WeakSet<object>();

/**
 * For `Error.prepareStackTrace`: `error.stack`, which code in cells prints and keeps, names the lines of the TypeScript and
 * leaves the kernel's own frames out.
 */
export function prepareStackTrace(sources: Sources): (error: Error, frames: readonly NodeJS.CallSite[]) => string {
  return (error, sites) => {
    PREPARED.add(error);
    const lines = sites
      .map(site => `    at ${String(site)}`)
      .flatMap(text => {
        const [, before = '', file = '', line, column, after = ''] = FRAME.exec(text) ?? [];
        if (isKernels(file) || INTERNAL.test(text)) {
          return [];
        }
        const place = sources.has(file) ? sources.original(file, Number(line), Number(column)) : undefined;
        return place ? `${before}${file}:${place.line}:${place.column}${after}` : text;
      });
    return [headOf(error), ...lines].join('\n');
  };
}

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error'; // Its own name or message cannot be read.
  }
}

function isKernels(file: string): boolean {
  return file.startsWith(KERNEL + path.sep) && !file.includes(`${path.sep}library${path.sep}`);
}

/** A recursion without end says the same line again and again. */
function collapsed(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const next = lines.findIndex((each, index) => index > at && each !== line);
    const count = (next < 0 ? lines.length : next) - at;
    shown.push(line, ...(count > 2 ? [`    ... ${count - 1} times more`] : Array<string>(count - 1).fill(line)));
    at += count;
  }
  return shown;
}

interface Frame {
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly isUser: boolean;
}

function userFrames(stack: string, sources: Sources, isPrepared: boolean): Frame[] {
  const frames: Frame[] = [];
  for (const text of stack.split('\n')) {
    const match = FRAME.exec(text);
    if (!match) {
      continue;
    }
    const [, before = '', file = '', lineText = '', columnText = '', after = ''] = match;
    if (isKernels(file)) {
      continue;
    }
    const isUser = sources.has(file);
    const [line, column] = [Number(lineText), Number(columnText)];
    const place = (isUser && !isPrepared && sources.original(file, line, column)) || {line, column};
    const shown = isUser ? path.basename(file) : shortened(file);
    frames.push({text: `${before}${shown}:${place.line}:${place.column}${after}`, file, ...place, isUser});
  }
  const lastUser = frames.findLastIndex(frame => frame.isUser);
  const firstUser = frames.findIndex(frame => frame.isUser);
  // How the package got there says little; where it failed and who called it say most.
  const inside = frames.slice(0, Math.max(firstUser, 0));
  return lastUser < 0
    ? frames.slice(0, MAX_PACKAGE_FRAMES)
    : [...shortest(inside), ...frames.slice(firstUser, lastUser + 1)];
}

function shortest(frames: readonly Frame[]): readonly Frame[] {
  return frames.length > MAX_PACKAGE_FRAMES ? [...frames.slice(0, 2), ...frames.slice(-1)] : frames;
}

/** A package's file by its package's name: the folders above say nothing. */
function shortened(file: string): string {
  const at = file.lastIndexOf('node_modules');
  return at < 0 ? file : file.slice(at + 'node_modules/'.length);
}

function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value && 'name' in value;
}
