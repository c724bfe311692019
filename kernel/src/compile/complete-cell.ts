import {parseCell, parseErrors} from './cell.js';

export interface Completeness {
  readonly status: 'complete' | 'incomplete' | 'invalid';
  /** What the next line should start with. */
  readonly indent: string;
}

/** Unterminated string, comment, template, regular expression. */
const UNTERMINATED = new Set([1010, 1160, 1126]);
const STEP = '  ';

/** Whether a console should run the code at Enter or let the person go on typing. */
export function isCompleteCell(source: string): Completeness {
  const file = parseCell(source, 'input.ts');
  const errors = parseErrors(file);
  if (errors.length === 0) {
    return {status: 'complete', indent: ''};
  }
  // Only what comes first counts: after it the parser guesses.
  const [first] = errors.toSorted((one, other) => one.start - other.start);
  const goesOn = first !== undefined && (UNTERMINATED.has(first.code) || first.start >= source.trimEnd().length);
  return goesOn ? {status: 'incomplete', indent: indentAfter(source)} : {status: 'invalid', indent: ''};
}

function indentAfter(source: string): string {
  const line = source.trimEnd().split('\n').at(-1) ?? '';
  const current = /^\s*/.exec(line)?.[0] ?? '';
  return /[{([]$/.test(line) ? current + STEP : current;
}
