import type {Content} from '../wire/message.js';

/** [session, line, input]: the kernel knows its own session only. */
type Entry = readonly [session: number, line: number, input: string];

/** What was executed in this session, for `history_request`. */
export class History {
  readonly #entries: Entry[] = [];

  add(line: number, input: string): void {
    this.#entries.push([0, line, input]);
  }

  /** https://jupyter-client.readthedocs.io/en/stable/messaging.html#history */
  find(request: Content): (Entry | readonly [number, number, readonly [string, null]])[] {
    const {output} = request;
    return this.#select(request).map(([session, line, input]) =>
      output ? [session, line, [input, null] as const] : ([session, line, input] as const),
    );
  }

  #select({hist_access_type: access, n, start, stop, pattern, unique}: Content): Entry[] {
    switch (access) {
      case 'range': {
        const from = typeof start === 'number' ? start : 0;
        const to = typeof stop === 'number' && stop > 0 ? stop : Infinity;
        return this.#entries.filter(([, line]) => line >= from && line < to);
      }
      case 'search': {
        const glob = globPattern(typeof pattern === 'string' ? pattern : '*');
        const found = this.#entries.filter(([, , input]) => glob.test(input));
        return last(
          unique ? found.filter((entry, at) => found.findLastIndex(each => each[2] === entry[2]) === at) : found,
          n,
        );
      }
      default:
        return last(this.#entries, n);
    }
  }
}

function last<T>(entries: readonly T[], n: unknown): T[] {
  return typeof n === 'number' ? entries.slice(Math.max(0, entries.length - n)) : [...entries];
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
