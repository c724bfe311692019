import {createHash} from 'node:crypto';
import {constants} from 'node:fs';
import {mkdir, open} from 'node:fs/promises';
import path from 'node:path';

/** File operations that are on the disk, not only in a cache, when they return. */

export async function writeDurably(file: string, data: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the entries of a folder (names, not contents) durable. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Copies a regular file, following no link.
 * @returns the SHA-256 of what was written, as lower-case hex.
 */
export async function copyDurably(from: string, to: string): Promise<string> {
  await mkdir(path.dirname(to), {recursive: true});
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = await open(to, 'wx', 0o644);
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(1 << 20);
      for (;;) {
        const {bytesRead} = await source.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        const chunk = buffer.subarray(0, bytesRead);
        hash.update(chunk);
        await target.writeFile(chunk);
      }
      await target.sync();
      return hash.digest('hex');
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
