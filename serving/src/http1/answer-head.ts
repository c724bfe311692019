import {STATUS_CODES} from 'node:http';

/** Name and value in turn. */
export type RawHeaders = readonly string[];

const heads = new WeakMap<RawHeaders, string>();

/**
 * The head of an answer, byte for byte as node:http writes it.
 * @param headers handlers give the same few objects again and again: each is put together once
 * @param keepAliveMs how long the connection stays open for another request; 0 when it does not
 */
export function answerHead(status: number, headers: RawHeaders, bodyBytes: number, keepAliveMs: number): string {
  const connection = keepAliveMs > 0 ? `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}` : 'close';
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${linesOf(headers)}` +
    `content-length: ${bodyBytes}\r\nDate: ${dateNow()}\r\nConnection: ${connection}\r\n\r\n`
  );
}

function linesOf(headers: RawHeaders): string {
  let lines = heads.get(headers);
  if (lines === undefined) {
    lines = '';
    for (let i = 0; i < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`;
    heads.set(headers, lines);
  }
  return lines;
}

let second = 0;
let date = '';

/** Of the current second. */
function dateNow(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1000).toUTCString();
  }
  return date;
}
