import {ConnectionError, ErrorCode} from '../errors.js';
import {MAX_MAX_FRAME_BYTES, MIN_MAX_FRAME_BYTES} from './frames.js';

/** RFC 9113, 6.5.2. */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

export const MAX_WINDOW = 2 ** 31 - 1;
export const DEFAULT_WINDOW = 65_535;
export const DEFAULT_TABLE_BYTES = 4096;
const ENTRY_BYTES = 6;

/** The pairs of a SETTINGS frame, in order. @throws ConnectionError when the frame or a value in it is not allowed */
export function decodeSettings(payload: Buffer): [id: number, value: number][] {
  if (payload.length % ENTRY_BYTES !== 0) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `SETTINGS of ${payload.length} bytes`);
  }
  return Array.from({length: payload.length / ENTRY_BYTES}, (_, i) => {
    const [id, value] = [payload.readUInt16BE(i * ENTRY_BYTES), payload.readUInt32BE(i * ENTRY_BYTES + 2)];
    check(id, value);
    return [id, value];
  });
}

function check(id: number, value: number): void {
  const refuse = (code: ErrorCode): never => {
    throw new ConnectionError(code, `SETTINGS has ${value} for ${id}`);
  };
  if (id === Setting.ENABLE_PUSH && value > 1) refuse(ErrorCode.PROTOCOL_ERROR);
  if (id === Setting.INITIAL_WINDOW_SIZE && value > MAX_WINDOW) refuse(ErrorCode.FLOW_CONTROL_ERROR);
  if (id === Setting.MAX_FRAME_SIZE && (value < MIN_MAX_FRAME_BYTES || value > MAX_MAX_FRAME_BYTES)) {
    refuse(ErrorCode.PROTOCOL_ERROR);
  }
}

export function encodeSettings(pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(pairs.length * ENTRY_BYTES);
  pairs.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * ENTRY_BYTES);
    payload.writeUInt32BE(value, i * ENTRY_BYTES + 2);
  });
  return payload;
}
