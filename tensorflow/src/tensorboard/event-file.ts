import {closeSync, fsyncSync, mkdirSync, openSync, writeSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {encodeEvent, type Event} from './messages.js';
import {tfRecord} from './record.js';

let opened = 0;

/**
 * An append-only file of events that TensorBoard reads while it grows. Every record goes to the operating system in one
 * write as soon as it is made, so that nothing is lost when the trainer dies; a record cut short is skipped by TensorBoard.
 */
export class EventFile {
  readonly path: string;
  #descriptor: number | undefined;

  /** @param now seconds since 1970. */
  constructor(
    directory: string,
    readonly now: () => number = () => Date.now() / 1000,
  ) {
    mkdirSync(directory, {recursive: true});
    const second = Math.floor(now()).toString().padStart(10, '0');
    this.path = join(directory, `events.out.tfevents.${second}.${hostname()}.${process.pid}.${opened++}.v2`);
    this.#descriptor = openSync(this.path, 'ax');
    this.#append({wallTime: now(), fileVersion: 'brain.Event:2'});
  }

  append(
    event: Omit<Extract<Event, {summary: unknown}>, 'wallTime'> | Omit<Extract<Event, {graphDef: unknown}>, 'wallTime'>,
  ) {
    this.#append({...event, wallTime: this.now()});
  }

  /** Nothing can be appended afterwards. Calling it again does nothing. */
  close(): void {
    if (this.#descriptor === undefined) return;
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(event: Event): void {
    if (this.#descriptor === undefined) throw new Error(`${this.path} is closed: make a new writer to go on`);
    const record = tfRecord(encodeEvent(event));
    for (let written = 0; written < record.length;) written += writeSync(this.#descriptor, record, written);
  }
}
