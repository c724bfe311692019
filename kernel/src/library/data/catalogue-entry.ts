import type {Schema, Table} from '../table/table.js';

/** What downloading needs of the world outside. */
export interface DownloadContext {
  readonly fetch: typeof fetch;
  readonly wait: (ms: number) => Promise<void>;
  readonly today: string;
  readonly progress: (text: string, fraction: number) => void;
}

/** A named data set: its places, source, licence and checks. */
export interface CatalogueEntry<S extends Schema> {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly licence: string;
  readonly units: Readonly<Record<string, string>>;
  readonly step: string;
  readonly notes: readonly string[];
  /** Relative paths; a folder has the data set when it has all of them. */
  readonly files: readonly string[];
  /** @throws DataError when a file is not what it should be. */
  readonly read: (texts: readonly string[]) => Table<S>;
  /** The texts of `files`, from the public source; `known` are those that are to be brought up to date. */
  readonly download: (context: DownloadContext, known?: readonly string[]) => Promise<readonly string[]>;
  /** Absent where no simulation stands in. */
  readonly simulate?: (seed: number) => Table<S>;
}
