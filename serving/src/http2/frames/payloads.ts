import {ConnectionError, ErrorCode, StreamError} from '../errors.js';
import {Flag} from './frames.js';

/** What frames of a peer carry, checked. */

const MAX_ID = 0x7fffffff;

export function protocolError(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.PROTOCOL_ERROR, what);
}

/** @throws ConnectionError FRAME_SIZE_ERROR */
export function checkLength(payload: Buffer, bytes: number, frame: string): void {
  if (payload.length !== bytes) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `${frame} has ${bytes} bytes, not ${payload.length}`);
  }
}

/** @throws ConnectionError PROTOCOL_ERROR for a frame that is of a stream though it must not be */
export function checkNoStream(id: number, frame: string): void {
  if (id !== 0) throw protocolError(`${frame} of a stream`);
}

/** From where to where the payload of a padded frame goes without its padding. @throws ConnectionError */
export function unpad(bytes: Buffer, at: number, end: number): [from: number, to: number] {
  if (at === end) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'A frame too short for its padding');
  const padding = bytes[at] as number;
  if (padding >= end - at) throw protocolError('Padding that is longer than its frame');
  return [at + 1, end - padding];
}

/** The header block of a HEADERS frame, priority and padding taken off. @throws ConnectionError */
export function blockOf(id: number, flags: number, payload: Buffer): Buffer {
  const padded = (flags & Flag.PADDED) !== 0;
  const block = padded ? payload.subarray(...unpad(payload, 0, payload.length)) : payload;
  if ((flags & Flag.PRIORITY) === 0) return block;
  if (block.length < 5) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'HEADERS too short for a priority');
  if (dependencyOf(block) === id) throw protocolError('A stream that depends on itself');
  return block.subarray(5);
}

/** A PRIORITY frame, which changes nothing here. @throws ConnectionError or StreamError when it is malformed */
export function checkPriority(id: number, payload: Buffer): void {
  if (id === 0) throw protocolError('PRIORITY of no stream');
  if (payload.length !== 5) throw new StreamError(ErrorCode.FRAME_SIZE_ERROR, 'PRIORITY has five bytes');
  if (dependencyOf(payload) === id) {
    throw new StreamError(ErrorCode.PROTOCOL_ERROR, 'A stream that depends on itself');
  }
}

/** By how much a window grows. @throws ConnectionError, or StreamError for one of a stream that grows by nothing */
export function incrementOf(id: number, payload: Buffer): number {
  checkLength(payload, 4, 'WINDOW_UPDATE');
  const more = payload.readUInt32BE(0) & MAX_ID;
  if (more > 0) return more;
  const what = 'A window that grows by nothing';
  throw id === 0 ? protocolError(what) : new StreamError(ErrorCode.PROTOCOL_ERROR, what);
}

function dependencyOf(payload: Buffer): number {
  return payload.readUInt32BE(0) & MAX_ID;
}
