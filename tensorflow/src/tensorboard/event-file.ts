import {closeSync, fstatSync, fsyncSync, mkdirSync, openSync, statSync, writeSync} from 'node:fs';
import {hostname} from 'node:os';
import {join, resolve} from 'node:path';
import {encodeEvent, type Event} from './messages.js';
import {tfRecord} from './record.js';

let opened = 0;

/** A file that is open, and how many write to it. */
interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
  writers: number;
}

/** By folder: TensorBoard reads the youngest file of a folder alone, so two that grow side by side would hide one another. */
const growing = new Map<string, OpenFile>();

/**
 * An append-only file of events that TensorBoard reads while it grows. All that this process writes into one folder at a
 * time goes to one file. Every record goes to the operating system in one write as soon as it is made, so that nothing is
 * lost when the trainer dies; a record cut short is skipped by TensorBoard.
 */
export class EventFile {
  readonly path: string;
  readonly #folder: string;
  #file: OpenFile | undefined;

  /** @param now seconds since 1970. */
  constructor(
    directory: string,
    readonly now: () => number = () => Date.now() / 1000,
  ) {
    this.#folder = resolve(directory);
    const shared = growing.get(this.#folder);
    if (shared && isThere(shared)) {
      shared.writers++;
      this.#file = shared;
      this.path = shared.path;
      return;
    }
    mkdirSync(directory, {recursive: true});
    const second = Math.floor(now()).toString().padStart(10, '0');
    this.path = join(directory, `events.out.tfevents.${second}.${hostname()}.${process.pid}.${opened++}.v2`);
    this.#file = {path: this.path, descriptor: openSync(this.path, 'ax'), writers: 1};
    growing.set(this.#folder, this.#file);
    this.#append({wallTime: now(), fileVersion: 'brain.Event:2'});
  }

  append(
    event: Omit<Extract<Event, {summary: unknown}>, 'wallTime'> | Omit<Extract<Event, {graphDef: unknown}>, 'wallTime'>,
  ) {
    this.#append({...event, wallTime: this.now()});
  }

  /** Nothing can be appended afterwards. Calling it again does nothing. */
  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    fsyncSync(file.descriptor);
    if (--file.writers > 0) return;
    if (growing.get(this.#folder) === file) growing.delete(this.#folder);
    closeSync(file.descriptor);
  }

  #append(event: Event): void {
    if (this.#file === undefined) throw new Error(`${this.path} is closed: make a new writer to go on`);
    const record = tfRecord(encodeEvent(event));
    for (let written = 0; written < record.length;) written += writeSync(this.#file.descriptor, record, written);
  }
}

/** Whether the file still has its name; its folder may have been deleted, to begin anew. */
function isThere({path, descriptor}: OpenFile): boolean {
  const named = statSync(path, {throwIfNoEntry: false});
  return named !== undefined && named.ino === fstatSync(descriptor).ino;
}
