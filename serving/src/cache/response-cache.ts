import {isStrings, valueBytes, type HostTensor} from '@ingot/tensorflow/session';

export type Outputs = Readonly<Record<string, HostTensor>>;

interface Entry {
  /** Whose answer it is. */
  readonly owner: number;
  readonly outputs: Outputs;
  readonly bytes: number;
}

/** What an entry takes beside its values: its key, its objects and its place in the map. */
const ENTRY_BYTES = 512;
const STRING_BYTES = 96;

/** Answers of one model, all its versions, within so many bytes; those go first that were not asked for the longest. */
export class ResponseCache {
  readonly counts = {hits: 0, misses: 0, joined: 0, evictions: 0};
  /** Oldest use first. */
  private readonly entries = new Map<string, Entry>();
  private taken = 0;
  private most: number;

  constructor(limitBytes: number) {
    this.most = limitBytes;
  }

  get bytes(): number {
    return this.taken;
  }

  get size(): number {
    return this.entries.size;
  }

  get limit(): number {
    return this.most;
  }

  /** What does not fit any more goes. */
  set limit(bytes: number) {
    this.most = bytes;
    this.evict();
  }

  get(key: string): Outputs | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.outputs;
  }

  put(key: string, owner: number, outputs: Outputs): void {
    const bytes = ENTRY_BYTES + sizeOf(outputs);
    if (bytes > this.most || this.entries.has(key)) return;
    this.entries.set(key, {owner, outputs: copyOf(outputs), bytes});
    this.taken += bytes;
    this.evict();
  }

  /** Forgets all answers of an owner. */
  forget(owner: number): void {
    for (const [key, entry] of this.entries) if (entry.owner === owner) this.remove(key, entry);
  }

  private evict(): void {
    for (const [key, entry] of this.entries) {
      if (this.taken <= this.most) return;
      this.remove(key, entry);
      this.counts.evictions++;
    }
  }

  private remove(key: string, {bytes}: Entry): void {
    this.entries.delete(key);
    this.taken -= bytes;
  }
}

function sizeOf(outputs: Outputs): number {
  return Object.values(outputs).reduce((sum, tensor) => sum + valueBytes(tensor, STRING_BYTES), 0);
}

/** Values of their own: an answer's rows are a view of its whole batch, which must not stay for them. */
function copyOf(outputs: Outputs): Outputs {
  const copied: Record<string, HostTensor> = {};
  for (const [name, {dtype, shape, data}] of Object.entries(outputs)) {
    copied[name] = {dtype, shape, data: isStrings(data) ? data.map(text => Uint8Array.from(text)) : data.slice()};
  }
  return copied;
}
