/** HTTP/2's frames (RFC 9113, section 4 and 6). */

export const Frame = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const Flag = {END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20} as const;

/** What a client sends first. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const HEAD_BYTES = 9;
/** Smallest and first value of SETTINGS_MAX_FRAME_SIZE. */
export const MIN_MAX_FRAME_BYTES = 16_384;
export const MAX_MAX_FRAME_BYTES = 2 ** 24 - 1;

/** Writes the head of a frame at `at`; returns where its payload begins. */
export function writeHead(
  into: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  into[at] = length >>> 16;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
  into[at + 3] = type;
  into[at + 4] = flags;
  into.writeUInt32BE(streamId, at + 5);
  return at + HEAD_BYTES;
}

export function encodeFrame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  frame.set(payload, writeHead(frame, 0, payload.length, type, flags, streamId));
  return frame;
}

export function encodeUint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function encodeWindowUpdate(streamId: number, bytes: number): Buffer {
  return encodeFrame(Frame.WINDOW_UPDATE, 0, streamId, encodeUint32(bytes));
}

export function encodeReset(streamId: number, code: number): Buffer {
  return encodeFrame(Frame.RST_STREAM, 0, streamId, encodeUint32(code));
}

/** @param reason for whoever looks into it at the other end */
export function encodeGoAway(lastStreamId: number, code: number, reason = ''): Buffer {
  return encodeFrame(
    Frame.GOAWAY,
    0,
    0,
    Buffer.concat([encodeUint32(lastStreamId), encodeUint32(code), Buffer.from(reason)]),
  );
}
