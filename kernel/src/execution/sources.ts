import {SourceMap, type SourceMapPayload} from 'node:module';

/** A place in what the user wrote; line and column count from 1. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** Knows, for each compiled cell and file, which line of the user's a line of the running code came from. */
export class Sources {
  readonly #maps = new Map<string, string | SourceMap>();

  add(name: string, map: string): void {
    this.#maps.set(name, map);
  }

  has(name: string): boolean {
    return this.#maps.has(name);
  }

  /** @param line, column of the running code, from 1, as a stack trace has them. */
  original(name: string, line: number, column: number): SourcePlace | undefined {
    const map = this.#map(name);
    const entry = map?.findEntry(line - 1, column - 1);
    return entry && 'originalLine' in entry
      ? {line: entry.originalLine + 1, column: entry.originalColumn + 1}
      : undefined;
  }

  #map(name: string): SourceMap | undefined {
    const known = this.#maps.get(name);
    if (typeof known !== 'string') {
      return known;
    }
    // Parsed when first asked for: most cells never fail.
    const parsed = new SourceMap(JSON.parse(known) as SourceMapPayload);
    this.#maps.set(name, parsed);
    return parsed;
  }
}
