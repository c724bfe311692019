const RED = '\u001b[31m';
const PLAIN = '\u001b[39m';

/** The line, the one before and a mark under the column; lines and columns count from 1. */
export function codeFrame(source: string | undefined, line: number, column: number, length = 1): string | undefined {
  const lines = source?.split('\n');
  if (lines?.[line - 1] === undefined) {
    return undefined;
  }
  const width = String(line).length;
  const shown = [line - 1, line]
    .filter(each => each >= 1)
    .map(each => `${each === line ? '>' : ' '} ${String(each).padStart(width)} | ${lines[each - 1]}`);
  const mark = `  ${' '.repeat(width)} | ${' '.repeat(column - 1)}${RED}${'^'.repeat(Math.max(1, length))}${PLAIN}`;
  return [...shown, mark].join('\n');
}
