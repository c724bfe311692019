import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {NAME_PATTERN} from '@ingot/tensorflow/contract';
import {liesBare, parseVersion} from './versions/policy.js';

/** What the system says of a path where there is no folder. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
const VALID_NAME = new RegExp(NAME_PATTERN);

/** Something in a model root that is a model, or seems to be meant as one. */
export interface RootEntry {
  readonly name: string;
  /** Why it is none, for a person; null when it is one. */
  readonly trouble: string | null;
}

/**
 * The folders of a model root that are models: a valid name, and at least one numbered version inside. A known one whose
 * folder cannot be read just now, as on a network volume, is still one.
 * @throws the file system's error when the root cannot be read
 */
export async function modelsIn(root: string, isKnown: (name: string) => boolean): Promise<RootEntry[]> {
  // What is hidden is on its way in or out.
  const names = (await readdir(root)).filter(name => !name.startsWith('.'));
  const entries = await Promise.all(names.map(name => entryOf(root, name, isKnown)));
  return entries.flat();
}

async function entryOf(root: string, name: string, isKnown: (name: string) => boolean): Promise<RootEntry[]> {
  try {
    const children = await readdir(join(root, name));
    const isModel = children.some(child => parseVersion(child) !== null);
    if (isModel && VALID_NAME.test(name)) return [{name, trouble: null}];
    if (isModel)
      return [{name, trouble: `${JSON.stringify(name)} cannot be a model's name, which fits ${NAME_PATTERN}`}];
    if (!liesBare(children)) return [];
    return [{name, trouble: `${name} is not served: its SavedModel must lie in a numbered folder, such as ${name}/1`}];
  } catch (error) {
    const gone = GONE.has((error as NodeJS.ErrnoException).code ?? '');
    return !gone && isKnown(name) ? [{name, trouble: null}] : [];
  }
}
