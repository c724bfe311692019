import {readFile, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {fieldsOf} from '../codec/wire.js';

/**
 * What TensorFlow keeps of a model that was asked, fitted to the memory of 40 copies of two models (0.8 to 1.5 of what these
 * take, and more than a model takes that nobody asks: see `bench/idle-models.mjs`): its variables; its graph twice over, as it
 * is written; and for the structure of the graph far more than that is written in.
 */
const SESSION_BYTES = 256 * 1024;
const COPIES_OF_GRAPH = 2;
const BYTES_A_STRUCTURAL_BYTE = 47;
/** What a node has beyond this are its weights. */
const STRUCTURE_OF_NODE = 512;
/** A larger file is mostly weights, and is not read for this. */
const MAX_READ_BYTES = 64 * 1024 * 1024;
const GRAPH_FILE = 'saved_model.pb';

/**
 * About what a model takes in memory, in bytes. What runs take on top depends on the requests.
 * @throws the file system's error when the folder cannot be read
 */
export async function modelSize(folder: string): Promise<number> {
  let bytes = SESSION_BYTES;
  for (const name of await readdir(folder, {recursive: true})) {
    const entry = await stat(join(folder, name));
    if (entry.isFile()) bytes += entry.size * (name === GRAPH_FILE ? COPIES_OF_GRAPH : 1);
    if (name === GRAPH_FILE && entry.size <= MAX_READ_BYTES) {
      bytes += structure(await readFile(join(folder, name))) * BYTES_A_STRUCTURAL_BYTE;
    }
  }
  return bytes;
}

/** Bytes of a SavedModel's nodes without their weights; 0 for what is no SavedModel, which will not load anyway. */
function structure(savedModel: Buffer): number {
  try {
    const graphs = fieldsOf(savedModel, 2).flatMap(metaGraph => fieldsOf(metaGraph, 2));
    const functions = graphs.flatMap(graph => fieldsOf(graph, 2)).flatMap(library => fieldsOf(library, 1));
    const nodes = [...graphs.flatMap(graph => fieldsOf(graph, 1)), ...functions.flatMap(each => fieldsOf(each, 3))];
    return nodes.reduce((sum, node) => sum + Math.min(node.length, STRUCTURE_OF_NODE), 0);
  } catch {
    return 0;
  }
}
