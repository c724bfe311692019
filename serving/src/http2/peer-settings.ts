import type {FlowControl} from './flow-control.js';
import {MIN_MAX_FRAME_BYTES} from './frames/frames.js';
import {DEFAULT_TABLE_BYTES, Setting} from './frames/settings.js';
import {NO_TABLE} from './hpack/encoder.js';
import type {StreamTable} from './stream-table.js';

/**
 * Larger frames are allowed by some peers (grpcio: 16 MB). One of them would be more at once than a connection that keeps
 * its measure has waiting.
 */
const MOST_FRAME_BYTES = 256 * 1024;

/** What the peer wants of what is sent to it. */
export class PeerSettings {
  /** The largest frame that it takes, as far as such are sent. */
  frameBytes = MIN_MAX_FRAME_BYTES;
  private tableBytes = DEFAULT_TABLE_BYTES;
  private noTable = false;

  constructor(private readonly flow: FlowControl) {}

  /** One of its settings, with a value that is allowed. @throws ConnectionError when a stream's window becomes too large */
  set(setting: number, value: number, streams: StreamTable): void {
    if (setting === Setting.MAX_FRAME_SIZE) this.frameBytes = Math.min(value, MOST_FRAME_BYTES);
    if (setting === Setting.HEADER_TABLE_SIZE) {
      // Once it is told that there is no table, no size is smaller than ours.
      if (value < this.tableBytes) {
        this.noTable = true;
        this.tableBytes = 0;
      }
    }
    if (setting === Setting.INITIAL_WINDOW_SIZE) this.flow.setPeerWindow(value, streams.all());
  }

  /** Takes what must go before the next header block. */
  takePrefix(): Buffer | null {
    if (!this.noTable) return null;
    this.noTable = false;
    return NO_TABLE;
  }
}
