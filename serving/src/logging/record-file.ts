import {mkdir, open, readdir, stat, unlink, type FileHandle} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {writeRecords} from '../codec/tf-record.js';
import {StatusError} from '../status/status.js';

export interface RecordFileLimits {
  /** A file that has reached this is closed, and another begun. */
  readonly fileBytes: number;
  /** What all files of one prefix may take; the oldest go first. */
  readonly totalBytes: number;
}

/** Records that wait for the disk may take this much memory; what comes then is not logged. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** TFRecord files `<prefix>-<time>-<number>.tfrecord`, written to in the background. */
export class RecordFile {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | null = null;
  private file: FileHandle | null = null;
  private fileBytes = 0;
  private count = 0;

  constructor(
    private readonly prefix: string,
    private readonly limits: RecordFileLimits,
    private readonly now: () => Date,
  ) {}

  /** @throws StatusError INVALID_ARGUMENT when no file can be made there. */
  static async create(prefix: string, limits: RecordFileLimits, now = () => new Date()): Promise<RecordFile> {
    const made = new RecordFile(prefix, limits, now);
    try {
      await mkdir(dirname(prefix), {recursive: true});
      await made.next();
    } catch (error) {
      const reason = (error as Error).message;
      throw new StatusError('INVALID_ARGUMENT', `Cannot log requests to ${prefix}: ${reason}`, {cause: error});
    }
    return made;
  }

  /** Resolves once the record was handed to the disk. @throws StatusError RESOURCE_EXHAUSTED, or the disk's error. */
  async append(record: Uint8Array): Promise<void> {
    if (this.waitingBytes + record.length > MAX_WAITING_BYTES) {
      throw new StatusError('RESOURCE_EXHAUSTED', `The disk of ${this.prefix} is too slow: a request was not logged`);
    }
    this.waiting.push(writeRecords([record]));
    this.waitingBytes += record.length;
    this.writing ??= this.drain().finally(() => (this.writing = null));
    await this.writing;
  }

  async close(): Promise<void> {
    await this.writing?.catch(() => undefined);
    await this.file?.close();
    this.file = null;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const bytes = Buffer.concat(this.waiting);
      this.waiting = [];
      this.waitingBytes = 0;
      await this.write(bytes).catch((error: unknown) => {
        // Those who came meanwhile are told of the same error.
        this.waiting = [];
        this.waitingBytes = 0;
        throw error;
      });
    }
  }

  /** Each write is of whole records: a full disk leaves at most one torn record, at the end of a file that is left then. */
  private async write(bytes: Buffer): Promise<void> {
    if (this.file === null || this.fileBytes >= this.limits.fileBytes) await this.next();
    try {
      await this.file?.appendFile(bytes);
      this.fileBytes += bytes.length;
    } catch (error) {
      await this.file?.close();
      this.file = null;
      throw error;
    }
  }

  private async next(): Promise<void> {
    await this.file?.close();
    this.file = null;
    await this.forgetOldest();
    const time = this.now()
      .toISOString()
      .replace(/[-:]|\.\d+/g, '');
    // Requests may be private: the file is its owner's alone.
    this.file = await open(`${this.prefix}-${time}-${String(this.count++).padStart(5, '0')}.tfrecord`, 'a', 0o600);
    this.fileBytes = 0;
  }

  /** Makes room for one more file. Their names sort by age. */
  private async forgetOldest(): Promise<void> {
    const folder = dirname(this.prefix);
    const ours = new RegExp(`^${escape(basename(this.prefix))}-\\d{8}T\\d{6}Z-\\d{5,}\\.tfrecord$`);
    const names = (await readdir(folder)).filter(name => ours.test(name)).sort();
    const sizes = await Promise.all(names.map(async name => (await stat(join(folder, name))).size));
    let total = sizes.reduce((sum, size) => sum + size, this.limits.fileBytes);
    for (let i = 0; i < names.length && total > this.limits.totalBytes; i++) {
      await unlink(join(folder, names[i] as string));
      total -= sizes[i] as number;
    }
  }
}

function escape(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '\\$&');
}
