import {codeFrame} from '../execution/code-frame.js';
import type {ErrorContent, Problem} from '../threads/messages.js';

const MAX_SHOWN = 5;

/** Problems of a cell as an error: each with its line, and where it is. */
export function problemsContent(
  ename: string,
  problems: readonly Problem[],
  source: string,
  name: string,
): ErrorContent {
  const shown = problems.slice(0, MAX_SHOWN).map(problem => describeProblem(problem, source, name));
  const more = problems.length > MAX_SHOWN ? [`... and ${problems.length - MAX_SHOWN} more`] : [];
  const evalue = problems[0] ? `${problems[0].message} (${place(problems[0], name)})` : '';
  return {ename, evalue, traceback: [`${ename}: ${evalue}`, ...shown, ...more]};
}

/** Type errors of a cell that ran all the same. */
export function problemsWarning(problems: readonly Problem[], source: string, name: string): string {
  const shown = problems.slice(0, MAX_SHOWN).map(problem => describeProblem(problem, source, name));
  const more = problems.length > MAX_SHOWN ? [`... and ${problems.length - MAX_SHOWN} more`] : [];
  return `${['Types do not fit (the cell ran all the same):', ...shown, ...more].join('\n')}\n`;
}

function describeProblem(problem: Problem, source: string, name: string): string {
  const {message, code, line, column, length, file} = problem;
  const frame = file ? undefined : codeFrame(source, line + 1, column + 1, length);
  return `${place(problem, name)} - TS${code}: ${message}${frame ? `\n${frame}` : ''}`;
}

function place({file, line, column}: Problem, name: string): string {
  return `${file ?? name}:${line + 1}:${column + 1}`;
}
