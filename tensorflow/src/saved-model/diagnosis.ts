import {open, readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {TensorFlowError} from '../error.js';
import {readInt64, readMessage, readNested, type Fields} from './wire.js';

/**
 * TensorFlow's error of a load with what it leaves out: which file, what is wrong with it, what to do. Code and words of
 * TensorFlow stay, as clients know them; what is found is said after them.
 * @param error anything; what TensorFlow did not throw comes back as it is
 */
export async function explainLoad(dir: string, error: unknown): Promise<unknown> {
  if (!(error instanceof TensorFlowError)) return error;
  // What cannot be looked at has no more to tell than TensorFlow has.
  const found = await diagnose(dir, error).catch(() => undefined);
  if (found === undefined) return error;
  return new TensorFlowError(error.code, `${error.message.replace(/\.$/, '')}. ${found}`, {cause: error});
}

const AGAIN = 'copy the model again, or save it again';

async function diagnose(dir: string, {code, message}: TensorFlowError): Promise<string | undefined> {
  const graph = join(dir, 'saved_model.pb');
  if (message.includes('Could not find SavedModel')) return whatIsThere(dir);
  if (message.includes('Could not find meta graph def')) return whichTags(graph);
  const variables = join(dir, 'variables');
  if (message.includes('the model has variables')) {
    return `In ${variables} there is ${await listed(variables)}: ${AGAIN}`;
  }
  // Only what reads a checkpoint has a node.
  if (message.includes('RestoreV2') && (code === 'OUT_OF_RANGE' || code === 'DATA_LOSS' || code === 'NOT_FOUND')) {
    return `The model's variables in ${variables} are damaged or incomplete (there is ${await listed(variables)}): ${AGAIN}`;
  }
  if (message.includes('as binary proto') || message === 'Read less bytes than requested') return whatIsWrong(graph);
  return undefined;
}

/** Of a folder in which TensorFlow finds no SavedModel. */
async function whatIsThere(dir: string): Promise<string> {
  const info = await stat(dir).catch(() => undefined);
  if (info === undefined) return `There is no "${dir}"`;
  if (!info.isDirectory()) {
    return dir.endsWith('.pb')
      ? `${dir} is a file: give its folder; a bare graph (.pb) is for loadFrozenGraph`
      : `${dir} is a file, and a SavedModel is a folder with saved_model.pb`;
  }
  const names = await readdir(dir);
  const has = (pattern: RegExp): string | undefined => names.find(name => pattern.test(name));
  const version = names.filter(name => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a))[0];
  if (version !== undefined) return `${dir} has versions: give one of them, such as ${join(dir, version)}`;
  const keras = has(/\.(keras|h5|hdf5)$/);
  if (keras !== undefined) return `${keras} is a Keras model: model.export(folder) in Python makes a SavedModel of it`;
  if (names.includes('model.json')) {
    return `model.json is a model of TensorFlow.js: load it there and save it with saveSavedModel`;
  }
  const frozen = has(/^(?!keras_metadata|fingerprint).*\.pb$/);
  if (frozen !== undefined) return `There is ${frozen}, but no saved_model.pb: a bare graph is for loadFrozenGraph`;
  return names.length === 0 ? `${dir} is empty` : `${dir} has ${await listed(dir)}, but no saved_model.pb`;
}

/** A graph with its constants may have 2 GB, which an error message is not worth. */
const MOST_READ = 256 << 20;

/** The tag sets of a SavedModel that has none of those that were asked for. */
async function whichTags(file: string): Promise<string | undefined> {
  const info = await stat(file);
  if (info.isFile() && info.size === 0) return `${file} is empty: ${AGAIN}`;
  if (!info.isFile()) return `${file} is no file`;
  if (info.size > MOST_READ) return undefined;
  const sets = tagSets(await readFile(file));
  if (sets.length === 0) return `${file} is no SavedModel; if it is a bare graph, it is for loadFrozenGraph`;
  return `The model has graphs for the tags ${sets.join(' and ')}: load it with one of these as {tags}`;
}

/** None when it is no SavedModel. */
function tagSets(savedModel: Uint8Array): string[] {
  const sets: string[] = [];
  let schema = 0;
  try {
    // SavedModel: saved_model_schema_version = 1, meta_graphs = 2; MetaGraphDef: meta_info_def = 1; MetaInfoDef: tags = 4.
    readMessage(savedModel, {
      1: reader => (schema = readInt64(reader)),
      2: reader => {
        const tags: string[] = [];
        const metaInfo: Fields = {4: inner => tags.push(inner.string())};
        readNested(reader, {1: inner => readNested(inner, metaInfo)});
        sets.push(`[${tags.map(tag => JSON.stringify(tag)).join(', ')}]`);
      },
    });
  } catch {
    // Another message, read as if it were this one.
    return [];
  }
  return schema === 0 ? [] : sets;
}

/** Of a saved_model.pb that TensorFlow cannot parse. */
async function whatIsWrong(file: string): Promise<string> {
  const {size} = await stat(file).catch(() => ({size: undefined}));
  if (size === undefined) return `The text form of a model (saved_model.pbtxt) is damaged: ${AGAIN}`;
  const start = Buffer.from(await readHead(file, Math.min(size, 80))).toString('latin1');
  if (start.startsWith('version https://git-lfs')) {
    return `${file} is a pointer of Git LFS, not the model: run \`git lfs pull\``;
  }
  if (/^[\t\n\r -~]{8,}$/.test(start)) {
    const line = start.split('\n')[0] ?? '';
    return `${file} is text, not a model; it begins with ${JSON.stringify(line.slice(0, 40))}: ${AGAIN}`;
  }
  return `${file} is damaged or cut short (${size} bytes): ${AGAIN}`;
}

async function readHead(file: string, bytes: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const MOST_LISTED = 6;

/** The files of a folder with their sizes. */
async function listed(dir: string): Promise<string> {
  const names = await readdir(dir).catch(() => undefined);
  if (names === undefined) return 'no such folder';
  if (names.length === 0) return 'nothing';
  const shown = await Promise.all(
    names
      .sort()
      .slice(0, MOST_LISTED)
      .map(async name => {
        const info = await stat(join(dir, name)).catch(() => undefined);
        return info?.isFile() ? `${name} of ${info.size} bytes` : name;
      }),
  );
  return shown.join(', ') + (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');
}
