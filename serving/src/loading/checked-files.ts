import {StatusError} from '../status/status.js';
import {checkFiles, fingerprint, readChecksums} from './version-folder.js';

/**
 * The files of a version as they were when it was checked. It is loaded again later, when its engine has ended or it comes back
 * into memory: from the same files or not at all, whatever somebody has copied over them since.
 */
export class CheckedFiles {
  private constructor(
    private readonly folder: string,
    private readonly content: string,
    private readonly checksums: string | null,
  ) {}

  /** @throws the file system's error when the folder cannot be read */
  static async of(folder: string): Promise<CheckedFiles> {
    const {content} = await fingerprint(folder);
    return new CheckedFiles(folder, content, await readChecksums(folder));
  }

  /** @throws StatusError DATA_LOSS when they are others now; the file system's error when they cannot be read */
  async check(): Promise<void> {
    const {content} = await fingerprint(this.folder);
    if (content === this.content) return;
    // Restored from a backup, perhaps: the checksums tell.
    if (this.checksums === null || (await readChecksums(this.folder)) !== this.checksums) throw this.changed();
    await checkFiles(this.folder);
  }

  private changed(): StatusError {
    return new StatusError(
      'DATA_LOSS',
      `The files in ${this.folder} have been changed since this version was loaded, so it is not loaded again. Put them back, ` +
        'or remove the folder; publish other files as another version',
    );
  }
}
