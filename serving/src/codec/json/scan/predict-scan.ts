import type {Dtype, HostTensor, SignatureSpec} from '@ingot/tensorflow/session';
import type {PredictBody, Resolve} from '../bodies/predict-body.js';
import {NOT_PLAIN, plainString, roomFor, skipSpace, type Scanner} from './scanner.js';
import {isScanned, scannerOf} from './tensor-scanner.js';

/** An input of a signature, ready for comparing with the keys of a body. */
interface Wanted {
  readonly name: string;
  readonly key: Buffer;
  readonly dtype: Dtype;
}

const plans = new WeakMap<SignatureSpec, readonly Wanted[] | null>();

/** The inputs to look for; null when one of them has no JSON form or a name that a plain comparison cannot find. */
function plan(signature: SignatureSpec): readonly Wanted[] | null {
  const known = plans.get(signature);
  if (known !== undefined) return known;
  const wanted = Object.entries(signature.inputs).map(([name, {dtype}]) => ({name, key: Buffer.from(name), dtype}));
  const plain = wanted.length > 0 && wanted.every(input => isScanned(input.dtype) && input.name !== 'b64');
  const result = plain ? wanted : null;
  plans.set(signature, result);
  return result;
}

/**
 * Reads a plain predict body in one pass. Null when it is anything but plain, be it wrong or merely unusual: then
 * `parsePredictRequest` reads it again with care. Errors of `resolve` count as unusual too.
 */
export function scanPredictRequest(body: Buffer, resolve: Resolve): PredictBody | null {
  let at = skipSpace(body, 0);
  if (body[at] !== 0x7b) return null;
  let signatureName = '';
  let named = false;
  let found: Omit<PredictBody, 'signatureName'> | undefined;
  for (;;) {
    const key = skipSpace(body, at + 1);
    const keyEnd = plainString(body, key);
    if (keyEnd === NOT_PLAIN) return null;
    const name = body.toString('latin1', key + 1, keyEnd - 1);
    const colon = skipSpace(body, keyEnd);
    if (body[colon] !== 0x3a) return null;
    at = skipSpace(body, colon + 1);
    if (name === 'signature_name') {
      const end = plainString(body, at);
      // Tensors that were read before the name was known were read by the default signature.
      if (end === NOT_PLAIN || named || found !== undefined) return null;
      signatureName = body.toString('utf8', at + 1, end - 1);
      named = true;
      at = end;
    } else if ((name === 'instances' || name === 'inputs') && found === undefined) {
      const wanted = plan(resolve(signatureName));
      if (wanted === null) return null;
      const scanned = name === 'instances' ? scanRows(body, at, wanted) : scanColumns(body, at, wanted);
      if (scanned === null) return null;
      found = {format: name === 'instances' ? 'row' : 'columnar', inputs: scanned.inputs};
      at = scanned.end;
    } else {
      return null;
    }
    at = skipSpace(body, at);
    if (body[at] === 0x7d) return found === undefined ? null : {...found, signatureName};
    if (body[at] !== 0x2c) return null;
  }
}

interface Scanned {
  readonly inputs: Record<string, HostTensor>;
  readonly end: number;
}

function scanRows(body: Buffer, start: number, wanted: readonly Wanted[]): Scanned | null {
  const first = skipSpace(body, start + 1);
  if (body[start] !== 0x5b || body[first] === 0x5d) return null;
  if (body[first] === 0x7b && !isBase64(body, first)) return scanObjects(body, first, wanted);
  const only = wanted[0];
  return only === undefined || wanted.length > 1 ? null : scanOne(body, start, only);
}

function isBase64(body: Buffer, at: number): boolean {
  const key = skipSpace(body, at + 1);
  return body.toString('latin1', key, key + 5) === '"b64"';
}

/** The whole of the list is one nested tensor: rows are its first axis. */
function scanOne(body: Buffer, start: number, input: Wanted): Scanned | null {
  const scanner = scannerOf(input.dtype, roomFor(body.length - start), body.length - start);
  const end = scanner.scan(body, start);
  return end === NOT_PLAIN ? null : {inputs: {[input.name]: scanner.tensor([])}, end};
}

function scanObjects(body: Buffer, first: number, wanted: readonly Wanted[]): Scanned | null {
  const room = roomFor(body.length - first) / wanted.length;
  // The others are likely to be as long as the first one.
  const piece = (body.indexOf(0x7d, first) - first) / wanted.length;
  const scanners = wanted.map(input => scannerOf(input.dtype, room | 0, piece));
  let at = first;
  for (let row = 1; ; row++) {
    at = scanMembers(body, at, wanted, scanners);
    if (at === NOT_PLAIN || scanners.some(scanner => scanner.scanned !== row)) return null;
    at = skipSpace(body, at);
    const byte = body[at++];
    if (byte === 0x5d) {
      return {inputs: record(wanted.map(({name}, i) => [name, scannerAt(scanners, i).tensor([row])])), end: at};
    }
    if (byte !== 0x2c) return null;
    at = skipSpace(body, at);
  }
}

function scanColumns(body: Buffer, start: number, wanted: readonly Wanted[]): Scanned | null {
  const [only] = wanted;
  if (body[start] !== 0x7b || isBase64(body, start)) {
    return only === undefined || wanted.length > 1 ? null : scanOne(body, start, only);
  }
  const piece = (body.length - start) / wanted.length;
  const room = roomFor(body.length - start) / wanted.length;
  const scanners = wanted.map(input => scannerOf(input.dtype, room | 0, piece));
  const end = scanMembers(body, start, wanted, scanners);
  if (end === NOT_PLAIN || scanners.some(scanner => scanner.scanned !== 1)) return null;
  return {inputs: record(wanted.map(({name}, i) => [name, scannerAt(scanners, i).tensor([])])), end};
}

/** Scans `{"<input>": value, ...}`; NOT_PLAIN when a key is none of the inputs. */
function scanMembers(body: Buffer, start: number, wanted: readonly Wanted[], scanners: readonly Scanner[]): number {
  if (body[start] !== 0x7b) return NOT_PLAIN;
  let at = start;
  for (;;) {
    const key = skipSpace(body, at + 1);
    const keyEnd = plainString(body, key);
    if (keyEnd === NOT_PLAIN) return NOT_PLAIN;
    const colon = skipSpace(body, keyEnd);
    if (body[colon] !== 0x3a) return NOT_PLAIN;
    const input = wanted.findIndex(({key: name}) => name.compare(body, key + 1, keyEnd - 1) === 0);
    if (input < 0) return NOT_PLAIN;
    at = scannerAt(scanners, input).scan(body, skipSpace(body, colon + 1));
    if (at === NOT_PLAIN) return NOT_PLAIN;
    at = skipSpace(body, at);
    if (body[at] === 0x7d) return at + 1;
    if (body[at] !== 0x2c) return NOT_PLAIN;
  }
}

function scannerAt(scanners: readonly Scanner[], index: number): Scanner {
  // Made from `wanted`, element by element.
  return scanners[index] as Scanner;
}

function record(entries: [string, HostTensor][]): Record<string, HostTensor> {
  return Object.fromEntries(entries);
}
