import {createHash} from 'node:crypto';
import {open} from 'node:fs/promises';

/** Read at once: what takes less than a millisecond to hash. */
const CHUNK_BYTES = 256 * 1024;

export interface FileHash {
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** @throws the file system's error when it cannot be read */
export async function hashFile(file: string): Promise<FileHash> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const handle = await open(file);
  try {
    for (let bytes = 0; ;) {
      const {bytesRead} = await handle.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return {sha256: hash.digest('hex'), bytes};
      bytes += bytesRead;
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
