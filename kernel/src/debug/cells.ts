import {SourceMap, type SourceMapPayload} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {murmur2} from './hash.js';

const SEED = 0xc70f6907;
export const HASHING = {
  hashMethod: 'Murmur2',
  hashSeed: SEED,
  tmpFilePrefix: path.join(os.tmpdir(), `ingot_${process.pid}`) + path.sep,
  tmpFileSuffix: '.ts',
} as const;

interface Script {
  readonly source: string;
  readonly map: SourceMap;
  readonly lines: number;
}

/**
 * Which running script came from which cell. A front end names a cell by its code; the same code can have run several
 * times, each time as another script. Lines count from 1 for front ends and from 0 for V8.
 */
export class DebugCells {
  readonly #sources = new Map<string, string>();
  readonly #scripts = new Map<string, Script>();

  /** The name by which the front end knows the code. */
  pathOf(code: string): string {
    const file = `${HASHING.tmpFilePrefix}${murmur2(code, SEED)}${HASHING.tmpFileSuffix}`;
    this.#sources.set(file, code);
    return file;
  }

  source(file: string): string | undefined {
    return this.#sources.get(file);
  }

  /** A compiled cell that is about to run under this name. Returns the front end's name of it. */
  add(name: string, code: string, map: string, compiled: string): string {
    const payload = JSON.parse(map) as SourceMapPayload;
    this.#scripts.set(name, {source: code, map: new SourceMap(payload), lines: compiled.split('\n').length});
    return this.pathOf(code);
  }

  namesOf(file: string): string[] {
    const code = this.#sources.get(file);
    return [...this.#scripts].filter(([, script]) => script.source === code).map(([name]) => name);
  }

  /** Where a place of a script is in its cell; undefined for code that no cell has. */
  original(name: string, line: number, column: number): {file: string; line: number; column: number} | undefined {
    const script = this.#scripts.get(name);
    const entry = script?.map.findEntry(line, column);
    return script && entry && 'originalLine' in entry
      ? {file: this.pathOf(script.source), line: entry.originalLine + 1, column: entry.originalColumn + 1}
      : undefined;
  }

  /** The script's line for a line of the cell, or for the next one that has code. */
  generated(name: string, line: number): number | undefined {
    const script = this.#scripts.get(name);
    let best: {readonly original: number; readonly line: number} | undefined;
    for (let each = 0; script && each < script.lines; each++) {
      const entry = script.map.findEntry(each, Number.MAX_SAFE_INTEGER);
      if ('originalLine' in entry && entry.generatedLine === each && entry.originalLine >= line - 1) {
        if (!best || entry.originalLine < best.original) {
          best = {original: entry.originalLine, line: each};
        }
      }
    }
    return best?.line;
  }
}

/** V8 names a script by its file's URL, a cell is named like "cell[3].ts". */
export function nameOfUrl(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}

export function urlRegexOf(name: string): string {
  const escaped = name.replace(/[.[\]]/g, character => {
    const code = character.charCodeAt(0).toString(16).toUpperCase();
    return `(\\${character}|%${code})`;
  });
  return `/${escaped}$`;
}
