import {open, mkdir, readFile, readdir, rename, rm, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {saysNothing, type ModelControl} from './control.js';
import {readState, writeState} from './state-file.js';

/** Keeps what operators said about models. */
export interface ControlStore {
  /** What was kept, by model. */
  readonly kept: ReadonlyMap<string, ModelControl>;
  /** Resolves once it would survive a power cut. @throws when it cannot be kept; what was kept before is still there. */
  write(model: string, control: ModelControl): Promise<void>;
}

/** Forgets everything with the process. */
export const FORGETFUL: ControlStore = {kept: new Map(), write: async () => undefined};

const SUFFIX = '.json';
const INCOMING = '.incoming';

/**
 * Opens a folder with one file a model, making it if need be.
 * @throws Error naming the file that cannot be read: going on without it could put a version into service that an operator
 *   took out
 */
export async function openStore(folder: string): Promise<ControlStore> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const kept = new Map<string, ModelControl>();
  for (const name of await readdir(folder)) {
    if (name.endsWith(INCOMING)) await rm(join(folder, name), {force: true});
    if (!name.endsWith(SUFFIX)) continue;
    const file = join(folder, name);
    try {
      const {model, control} = readState(await readFile(file, 'utf8'));
      kept.set(model, control);
    } catch (error) {
      const {message} = error as Error;
      throw new Error(
        `${file} cannot be used: ${message}. It holds what operators said about a model (a pin, labels, ...). ` +
          'Mend it, or delete it to forget that.',
        {cause: error},
      );
    }
  }
  return {kept, write: (model, control) => write(folder, model, control)};
}

async function write(folder: string, model: string, control: ModelControl): Promise<void> {
  // A model's name may hold characters that a file's may not.
  const file = join(folder, `${encodeURIComponent(model)}${SUFFIX}`);
  if (saysNothing(control)) await rm(file, {force: true});
  else await writeBeside(file, writeState(model, control));
  await synced(folder, 'r', async () => undefined);
}

async function writeBeside(file: string, text: string): Promise<void> {
  const incoming = `${file}${INCOMING}`;
  try {
    await synced(incoming, 'w', handle => handle.writeFile(text));
    await rename(incoming, file);
  } catch (error) {
    await rm(incoming, {force: true}).catch(() => undefined);
    throw error;
  }
}

async function synced(path: string, flags: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
