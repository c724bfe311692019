import {StatusError} from '../status/status.js';
import {checkFiles, fingerprint, readChecksums, unreadable, type Fingerprint} from './version-folder.js';

/**
 * The files of a version as they were when it was checked. It is loaded again later, when its engine has ended or it comes back
 * into memory: from the same files or not at all, whatever somebody has copied over them since.
 */
export class CheckedFiles {
  private constructor(
    private readonly folder: string,
    private readonly files: Fingerprint['files'],
    private readonly checksums: string | null,
  ) {}

  /** @throws StatusError when the folder cannot be read */
  static async of(folder: string): Promise<CheckedFiles> {
    const files = await filesOf(folder);
    return new CheckedFiles(folder, files, await readChecksums(folder));
  }

  /** @throws StatusError DATA_LOSS when they are others now, or why they cannot be read */
  async check(): Promise<void> {
    if (areSame(this.files, await filesOf(this.folder))) return;
    // Restored from a backup, perhaps: the checksums tell.
    if (this.checksums === null || (await readChecksums(this.folder)) !== this.checksums) throw this.changed();
    await checkFiles(this.folder);
  }

  private changed(): StatusError {
    return new StatusError(
      'DATA_LOSS',
      `The files in ${this.folder} have been changed since this version was loaded, so it is not loaded again. Put them back, ` +
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
