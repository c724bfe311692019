import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {replaceFile} from '../replace-file.js';
import type {Schema, Table} from '../table/table.js';
import type {CatalogueEntry, DownloadContext} from './catalogue-entry.js';

export interface Places {
  /** Looked at first; null when the user named none. */
  readonly data: string | null;
  readonly cache: string;
  /** The public source is asked only when this is true. */
  readonly online: boolean;
  /** Asks the public source for what is newer than the data at hand; the result is kept in the cache. */
  readonly refresh: boolean;
  readonly seed: number;
}

export interface Found<S extends Schema> {
  readonly table: Table<S>;
  readonly simulated: boolean;
  /** What the user must know of how the data was found. */
  readonly notes: readonly string[];
}

/**
 * Reads a named data set from the first place that has it: the user's folder, the cache, the public source (kept in the
 * cache), a seeded simulation.
 * @throws DataError when a place has the files and they are wrong; Error when no place has them.
 */
export async function findData<S extends Schema>(
  entry: CatalogueEntry<S>,
  places: Places,
  context: DownloadContext,
): Promise<Found<S>> {
  const own = places.data === null ? undefined : await readFiles(places.data, entry.files);
  const known = own ?? (await readFiles(places.cache, entry.files));
  if (known !== undefined && !places.refresh) return {table: entry.read(known), simulated: false, notes: []};
  const fresh = places.online ? await download(entry, known, context) : 'downloads are switched off';
  if (typeof fresh !== 'string') {
    for (const [index, file] of entry.files.entries()) {
      await replaceFile(join(places.cache, file), handle => handle.writeFile(fresh.texts[index] ?? ''));
    }
    return {table: fresh.table, simulated: false, notes: []};
  }
  if (known !== undefined) return {table: entry.read(known), simulated: false, notes: [`Not refreshed: ${fresh}.`]};
  if (entry.simulate === undefined) throw new Error(`"${entry.name}" could not be had: ${fresh}.`);
  const notes = [
    `SIMULATED: real data could not be had (${fresh}). These numbers are made up, from seed ${places.seed}.`,
    `For real ones, go online, or put ${entry.files.join(' and ')} into a folder that INGOT_DATA names.`,
  ];
  return {table: entry.simulate(places.seed), simulated: true, notes};
}

/** The texts of the files, or undefined when the folder lacks one. */
async function readFiles(folder: string, files: readonly string[]): Promise<string[] | undefined> {
  try {
    return await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Downloads and checks; the reason in words when that fails. */
async function download<S extends Schema>(
  entry: CatalogueEntry<S>,
  known: readonly string[] | undefined,
  context: DownloadContext,
): Promise<{texts: readonly string[]; table: Table<S>} | string> {
  try {
    const texts = await entry.download(context, known);
    return {texts, table: entry.read(texts)};
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
