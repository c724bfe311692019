import {randomUUID} from 'node:crypto';
import type {CellId, CommMessage} from '../threads/messages.js';

export type CommData = Readonly<Record<string, unknown>>;

export interface CommEvent {
  readonly data: CommData;
  readonly metadata: CommData;
  readonly buffers: readonly Uint8Array[];
}

type Send = (message: Omit<CommMessage, 'type' | 'cell'>) => void;
export type CommTarget = (comm: Comm, opened: CommEvent) => void | Promise<void>;

/** One end of a conversation between the kernel and a front end; see Jupyter's "Custom Messages". */
export class Comm {
  onMessage: (event: CommEvent) => void | Promise<void> = () => undefined;
  onClose: (event: CommEvent) => void | Promise<void> = () => undefined;

  constructor(
    readonly id: string,
    readonly target: string,
    /** What opened it from the kernel's side, so that what its handlers print goes there; null when a front end did. */
    readonly cell: CellId | null,
    private readonly transmit: Send,
  ) {}

  send(data: CommData, buffers: readonly Uint8Array[] = [], metadata: CommData = {}): void {
    this.transmit({event: 'comm_msg', content: {comm_id: this.id, data}, metadata, buffers});
  }

  close(data: CommData = {}): void {
    this.transmit({event: 'comm_close', content: {comm_id: this.id, data}, metadata: {}, buffers: []});
  }
}

/** The comms of the kernel, opened from either side. */
export class CommManager {
  readonly #targets = new Map<string, CommTarget>();
  readonly #comms = new Map<string, Comm>();

  /** @param cells knows the cell that runs now, and runs a handler as part of an earlier one. */
  constructor(
    private readonly transmit: Send,
    private readonly cells: {
      readonly current: () => CellId | null;
      readonly within: <T>(cell: CellId, handler: () => T) => T;
    },
  ) {}

  /** Calls `target` when a front end opens a comm of this name. */
  register(name: string, target: CommTarget): void {
    this.#targets.set(name, target);
  }

  /** Opens a comm to the front end, e.g. target `jupyter.widget`. */
  open(target: string, data: CommData = {}, more: {buffers?: readonly Uint8Array[]; metadata?: CommData} = {}): Comm {
    const comm = this.#add(randomUUID().replaceAll('-', ''), target, this.cells.current());
    const {buffers = [], metadata = {}} = more;
    this.transmit({event: 'comm_open', content: {comm_id: comm.id, target_name: target, data}, metadata, buffers});
    return comm;
  }

  /** A message from a front end. Rejects with what a handler threw. */
  async receive({event, content, metadata, buffers}: CommMessage): Promise<void> {
    const {comm_id: id, target_name: target = '', data} = content;
    const received = {data, metadata, buffers};
    if (event === 'comm_open') {
      const open = this.#targets.get(target);
      const comm = this.#add(id, target, null);
      if (!open) {
        // As the protocol asks: an unknown target is closed at once.
        comm.close();
        this.#comms.delete(id);
        return;
      }
      await open(comm, received);
      return;
    }
    const comm = this.#comms.get(id);
    if (!comm) {
      return;
    }
    if (event === 'comm_close') {
      this.#comms.delete(id);
    }
    const handle = () => (event === 'comm_close' ? comm.onClose(received) : comm.onMessage(received));
    await (comm.cell === null ? handle() : this.cells.within(comm.cell, handle));
  }

  #add(id: string, target: string, cell: CellId | null): Comm {
    const comm = new Comm(id, target, cell, message => {
      if (message.event === 'comm_close') {
        this.#comms.delete(id);
      }
      this.transmit(message);
    });
    this.#comms.set(id, comm);
    return comm;
  }
}
