import {isDeepStrictEqual} from 'node:util';
import {parseJson} from '../codec/json/parse/parse.js';
import {JsonObject, type Json} from '../codec/json/parse/value.js';
import {CODES, HTTP_STATUS, toStatusError} from '../status/status.js';
import type {Expectation} from './vector.js';

/** What is wrong with an outcome, in one line; null when it is as expected. */
export type Failure = string | null;

export function same(what: string, got: unknown, wanted: unknown): Failure {
  return isDeepStrictEqual(got, wanted) ? null : `${what}: got ${show(got)}, wanted ${show(wanted)}`;
}

export function firstOf(...failures: readonly Failure[]): Failure {
  return failures.find(failure => failure !== null) ?? null;
}

/** Runs `work`, which must fail as the vector says. */
export async function expectError(expect: Expectation, work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (error) {
    const {code, message} = toStatusError(error);
    return firstOf(
      expect.status === undefined ? null : same('status', code, expect.status),
      expect.http === undefined ? null : same('HTTP status', HTTP_STATUS[code], expect.http),
      expect.grpc === undefined ? null : same('gRPC code', CODES[code], expect.grpc),
      compareMessage(expect, message),
    );
  }
  return expect.status === 'OK' ? null : `no error, wanted ${expect.status ?? expect.http}`;
}

export function compareMessage(expect: Expectation, message: string): Failure {
  const parts = [expect.message_contains ?? []].flat();
  const missing = parts.find(part => !message.includes(part));
  if (missing !== undefined) return `message: got ${show(message)}, wanted it to contain ${show(missing)}`;
  return expect.message_derived === undefined ? null : same('message', message, expect.message_derived);
}

/** Compares JSON texts as values, or, for `json_numbers_as_strings`, character by character but for white space. */
export function compareJson({json_text: wanted, compare}: Expectation, got: string): Failure {
  if (wanted === undefined) return null;
  if (compare === 'json_numbers_as_strings') return same('JSON', compact(got), compact(wanted));
  return same('JSON', plain(parseJson(Buffer.from(got))), plain(parseJson(Buffer.from(wanted))));
}

function compact(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string: string | undefined) => string ?? '');
}

function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof JsonObject) {
    return Object.fromEntries(value.members.map(([key, member]) => [key.toString(), plain(member)]));
  }
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return typeof value === 'bigint' ? Number(value) : value;
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    return typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner;
  });
  return (text ?? 'nothing').slice(0, 500);
}
