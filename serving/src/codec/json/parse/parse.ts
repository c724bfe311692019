import {invalidArgument} from '../../../status/status.js';
import {parseNumber} from './number.js';
import {parseString} from './string.js';
import {JsonSyntaxError} from './syntax-error.js';
import {JsonObject, type Json, type ScannedNumbers} from './value.js';

/** What may come next; each is a state of RapidJSON's iterative parser, and decides the error's text. */
type State =
  | 'start'
  | 'objectStart'
  | 'memberKey'
  | 'memberColon'
  | 'memberValue'
  | 'memberComma'
  | 'arrayStart'
  | 'element'
  | 'elementComma';

const ERRORS: Record<State, string> = {
  start: 'The document is empty.',
  objectStart: 'Missing a name for object member.',
  memberComma: 'Missing a name for object member.',
  memberKey: 'Missing a colon after a name of object member.',
  memberValue: 'Missing a comma or } after an object member.',
  memberColon: 'Invalid value.',
  arrayStart: 'Invalid value.',
  elementComma: 'Invalid value.',
  element: 'Missing a comma or ] after an array element.',
};

/** Values, containers included, that one document may hold: a bound on memory, as each takes up to some 100 bytes. */
const MAX_VALUES = 8_000_000;

/**
 * Asked at each list that is an object's member: what it reads of it in its own way, and where that ends; null for a list that is
 * to be read value by value.
 */
export type ListReader = (
  bytes: Buffer,
  start: number,
  object: JsonObject,
  key: Buffer,
) => {readonly value: ScannedNumbers; readonly end: number} | null;

/**
 * Parses the first complete value and ignores what follows it, as TensorFlow Serving does. Nesting is bounded by memory only.
 * @throws JsonSyntaxError (INVALID_ARGUMENT) with RapidJSON's text and offset.
 */
export function parseJson(bytes: Buffer, readList?: ListReader): Json {
  if (bytes.length === 0) throw invalidArgument('JSON Parse error: The document is empty');
  return new Parser(bytes, readList).parse();
}

class Parser {
  private at: number;
  private state: State = 'start';
  private readonly open: (Json[] | JsonObject)[] = [];
  private key: Buffer = Buffer.alloc(0);
  private values = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly readList: ListReader | undefined,
  ) {
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.at = hasMark ? 3 : 0;
  }

  parse(): Json {
    for (;;) {
      this.skipSpace();
      const byte = this.bytes[this.at];
      const expectsValue =
        this.state === 'start' ||
        this.state === 'memberColon' ||
        this.state === 'arrayStart' ||
        this.state === 'elementComma';
      if (byte === 0x5d || byte === 0x7d) {
        const done = this.close(byte);
        if (done !== undefined) return done;
      } else if (byte === undefined || byte === 0) {
        throw this.unexpected();
      } else if (byte === 0x2c) {
        if (this.state === 'memberValue') this.state = 'memberComma';
        else if (this.state === 'element') this.state = 'elementComma';
        else throw this.unexpected();
        this.at++;
      } else if (byte === 0x3a) {
        if (this.state !== 'memberKey') throw this.unexpected();
        this.state = 'memberColon';
        this.at++;
      } else if (byte === 0x22 && (this.state === 'objectStart' || this.state === 'memberComma')) {
        ({value: this.key, end: this.at} = parseString(this.bytes, this.at));
        this.state = 'memberKey';
      } else if (!expectsValue) {
        throw this.unexpected();
      } else if (byte === 0x5b && this.state === 'memberColon' && this.tookList()) {
        continue;
      } else if (byte === 0x5b || byte === 0x7b) {
        this.at++;
        const container = byte === 0x5b ? [] : new JsonObject();
        this.add(container);
        this.open.push(container);
        this.state = byte === 0x5b ? 'arrayStart' : 'objectStart';
      } else {
        const value = this.scalar(byte);
        if (this.open.length === 0) return value;
        this.add(value);
      }
    }
  }

  /** False when the list is to be read value by value. */
  private tookList(): boolean {
    const parent = this.open.at(-1);
    if (this.readList === undefined || !(parent instanceof JsonObject)) return false;
    const read = this.readList(this.bytes, this.at, parent, this.key);
    if (read === null) return false;
    this.at = read.end;
    this.add(read.value);
    return true;
  }

  private scalar(byte: number): Json {
    switch (byte) {
      case 0x22:
        return this.take(parseString(this.bytes, this.at));
      case 0x74:
        return this.literal('true', true);
      case 0x66:
        return this.literal('false', false);
      case 0x6e:
        return this.literal('null', null);
      default:
        return this.take(parseNumber(this.bytes, this.at));
    }
  }

  private take<T>({value, end}: {value: T; end: number}): T {
    this.at = end;
    return value;
  }

  private literal<T>(text: string, value: T): T {
    for (let i = 1; i < text.length; i++) {
      if (this.bytes[this.at + i] !== text.charCodeAt(i)) throw new JsonSyntaxError('Invalid value.', this.at + i);
    }
    this.at += text.length;
    return value;
  }

  private add(value: Json): void {
    if (++this.values > MAX_VALUES) {
      throw invalidArgument(
        `JSON document holds more than ${MAX_VALUES} values besides plain tensor data; send a smaller request`,
      );
    }
    const parent = this.open.at(-1);
    if (parent === undefined) return;
    if (Array.isArray(parent)) parent.push(value);
    else parent.members.push([this.key, value]);
    this.state = Array.isArray(parent) ? 'element' : 'memberValue';
  }

  /** Closes the innermost container; returns it when it was the outermost. */
  private close(byte: number): Json | undefined {
    const allowed =
      byte === 0x5d
        ? this.state === 'arrayStart' || this.state === 'element'
        : this.state === 'objectStart' || this.state === 'memberValue';
    if (!allowed) throw this.unexpected();
    this.at++;
    const closed = this.open.pop();
    const parent = this.open.at(-1);
    if (parent === undefined) return closed;
    this.state = Array.isArray(parent) ? 'element' : 'memberValue';
    return undefined;
  }

  private unexpected(): JsonSyntaxError {
    return new JsonSyntaxError(ERRORS[this.state], this.at);
  }

  private skipSpace(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }
}
