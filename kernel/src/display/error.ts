import type {MimeBundle} from './seam.js';

/** Where this kernel's own code lies: nothing that a user could read or mend. */
const OWN = new URL('../execution/', import.meta.url).href;

/** An error that is a value, without the kernel's own frames; what it was caused by comes after it. */
export function errorBundle(value: object): MimeBundle | undefined {
  return value instanceof Error ? {'text/plain': textOf(value, new Set())} : undefined;
}

function textOf(error: Error, seen: Set<unknown>): string {
  seen.add(error);
  const lines = (error.stack ?? String(error)).split('\n');
  const isOwn = (line: string) => line.includes(OWN) || /^\s+at .*(node:internal|\[?nodejs\.)/.test(line);
  const own = lines.filter(line => !isOwn(line)).join('\n');
  const {cause} = error;
  return cause instanceof Error && !seen.has(cause) ? `${own}\ncaused by ${textOf(cause, seen)}` : own;
}
