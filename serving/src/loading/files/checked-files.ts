import {StatusError} from '../../status/status.js';
import {checkFiles} from './check-files.js';
import type {VersionReader} from './version-reader.js';
import {fingerprint, readChecksums, unreadable, type Fingerprint} from './version-folder.js';

/**
 * The files of a version as they were when somebody looked at them. It is loaded from the same files or not at all, whatever
 * has been copied over them since: also later, when its engine has ended or it comes back into memory.
 */
export class CheckedFiles {
  private constructor(
    private readonly folder: string,
    private readonly found: Fingerprint,
    private readonly checksums: string | null,
  ) {}

  /** @throws the file system's error when the folder cannot be read */
  static async of(folder: string): Promise<CheckedFiles> {
    const found = await fingerprint(folder);
    return new CheckedFiles(folder, found, await readChecksums(folder));
  }

  /** Changes whenever a file of the folder is added, removed or written. */
  get text(): string {
    return this.found.text;
  }

  /** The newest change, ms since 1970. */
  get changedAt(): number {
    return this.found.changedAt;
  }

  /** True when the folder says itself what must be in it, and so can be loaded the moment it is there. */
  get hasChecksums(): boolean {
    return this.checksums !== null;
  }

  /**
   * @throws StatusError DATA_LOSS when they are others now, or why they cannot be read
   */
  async check(reader: VersionReader): Promise<void> {
    if (areSame(this.found.files, await filesOf(this.folder))) return;
    // Restored from a backup, perhaps: the checksums tell.
    if (this.checksums === null || (await readChecksums(this.folder)) !== this.checksums) throw this.changed();
    await checkFiles(this.folder, reader);
  }

  private changed(): StatusError {
    return new StatusError(
      'DATA_LOSS',
      `The files in ${this.folder} have been changed since this version was checked, so it is not loaded. Put them back, ` +
        'their times included, or remove the folder; publish other files as another version',
    );
  }
}

async function filesOf(folder: string): Promise<Fingerprint['files']> {
  try {
    return (await fingerprint(folder)).files;
  } catch (error) {
    throw unreadable(error);
  }
}

function areSame(before: Fingerprint['files'], now: Fingerprint['files']): boolean {
  if (before.size !== now.size) return false;
  return [...before].every(([path, {bytes, mtimeMs}]) => {
    const file = now.get(path);
    return file !== undefined && file.bytes === bytes && isTimeOfCopy(mtimeMs, file.mtimeMs);
  });
}

/** Copies keep a file's time to the microsecond or so, archives to the second. */
function isTimeOfCopy(original: number, copy: number): boolean {
  return Math.abs(original - copy) < 1 || Math.floor(original / 1000) * 1000 === copy;
}
