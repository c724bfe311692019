import protobuf from 'protobufjs';
import {invalidArgument, type StatusError} from '../status/status.js';

/**
 * Protocol buffers' text form (https://protobuf.dev/reference/protobuf/textformat-spec): what configuration files are
 * written in. Gives the message as plain data; fields that are not set are absent, 64-bit integers are strings.
 */

interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly line: number;
}

const TOKENS =
  /\s+|#[^\n]*|([A-Za-z_][\w.]*)|(-?(?:0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fF]?(?![\w.]))|("(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|([{}<>[\]:;,-])/y;

/** @throws StatusError INVALID_ARGUMENT with the line of what is wrong. */
export function parseTextFormat(type: protobuf.Type, source: string): Record<string, unknown> {
  const parser = new TextParser(tokenize(source));
  return parser.message(type, null);
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < source.length) {
    const at = TOKENS.lastIndex;
    const match = TOKENS.exec(source);
    if (match === null) throw wrong(line, `unexpected "${source.slice(at, at + 12)}"`);
    const [all, name, number, text, sign] = match;
    if (name !== undefined) tokens.push({kind: 'name', text: name, line});
    else if (number !== undefined) tokens.push({kind: 'number', text: number, line});
    else if (text !== undefined) tokens.push({kind: 'text', text, line});
    else if (sign !== undefined) tokens.push({kind: 'sign', text: sign, line});
    line += all.split('\n').length - 1;
  }
  tokens.push({kind: 'end', text: 'the end', line});
  return tokens;
}

function wrong(line: number, what: string): StatusError {
  return invalidArgument(`Invalid protobuf text in line ${line}: ${what}`);
}

class TextParser {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Reads fields up to `close`, or to the end of the text when that is null. */
  message(type: protobuf.Type, close: string | null): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (;;) {
      const token = this.next();
      if (close === null ? token.kind === 'end' : token.kind === 'sign' && token.text === close) return result;
      if (token.kind !== 'name') throw wrong(token.line, `expected a field of ${type.name}, found ${token.text}`);
      const field = type.fields[token.text]?.resolve();
      if (field === undefined) throw wrong(token.line, `${type.name} has no field "${token.text}"`);
      this.field(result, field, token);
      this.separator();
    }
  }

  private field(result: Record<string, unknown>, field: protobuf.Field, name: Token): void {
    const colon = this.take(':');
    const isMessage = field.map || field.resolvedType instanceof protobuf.Type;
    if (!colon && !isMessage) throw wrong(name.line, `expected ":" after ${name.text}`);
    if (field.map) {
      const map = (result[field.name] ??= {}) as Record<string, unknown>;
      this.values(() => Object.assign(map, this.mapEntry(field)));
    } else if (field.repeated) {
      const list = (result[field.name] ??= []) as unknown[];
      this.values(() => list.push(this.value(field)));
    } else {
      if (field.name in result) throw wrong(name.line, `${name.text} is given twice`);
      result[field.name] = this.value(field);
    }
  }

  /** One value, or several in brackets. */
  private values(read: () => unknown): void {
    if (!this.take('[')) {
      read();
      return;
    }
    if (this.take(']')) return;
    do read();
    while (this.take(','));
    this.expect(']');
  }

  private mapEntry(field: protobuf.Field): Record<string, unknown> {
    const close = this.open();
    // protobufjs's types do not tell that a field with `map` is a MapField.
    const {keyType} = field as unknown as {keyType: string};
    let key = '';
    let value: unknown;
    for (;;) {
      const token = this.next();
      if (token.kind === 'sign' && token.text === close) return {[key]: value};
      const colon = this.take(':');
      if (token.text === 'key' && colon) key = String(this.scalar(keyType));
      else if (token.text === 'value') value = this.value(field);
      else throw wrong(token.line, `expected key or value, found ${token.text}`);
      this.separator();
    }
  }

  private value(field: protobuf.Field): unknown {
    const {resolvedType} = field;
    if (resolvedType instanceof protobuf.Type) return this.message(resolvedType, this.open());
    if (resolvedType instanceof protobuf.Enum) return this.enumValue(resolvedType);
    return this.scalar(field.type);
  }

  private enumValue(type: protobuf.Enum): number {
    const {text, line} = this.next();
    const value = type.values[text] ?? Object.values(type.values).find(number => String(number) === text);
    if (value === undefined) throw wrong(line, `${type.name} has no value ${text}`);
    return value;
  }

  private scalar(type: string): unknown {
    const negative = this.take('-');
    const token = this.next();
    const text = negative ? `-${token.text}` : token.text;
    switch (type) {
      case 'string':
      case 'bytes': {
        if (token.kind !== 'text') throw wrong(token.line, `expected a quoted text, found ${text}`);
        let whole = unquote(token);
        while (this.peek().kind === 'text') whole = Buffer.concat([whole, unquote(this.next())]);
        return type === 'bytes' ? whole : whole.toString('utf8');
      }
      case 'bool':
        if (['true', 't', 'True', '1'].includes(text)) return true;
        if (['false', 'f', 'False', '0'].includes(text)) return false;
        throw wrong(token.line, `expected true or false, found ${text}`);
      case 'float':
      case 'double':
        return this.decimal(token, text);
      default:
        return this.integer(token, text, type);
    }
  }

  private decimal(token: Token, text: string): number {
    if (/^-?(inf|infinity)f?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    if (/^-?nan$/i.test(text)) return NaN;
    if (token.kind !== 'number') throw wrong(token.line, `expected a number, found ${text}`);
    return Number(text.replace(/(?<!0[xX].*)[fF]$/, ''));
  }

  private integer(token: Token, text: string, type: string): number | string {
    const [digits, sign] = text.startsWith('-') ? [text.slice(1), -1n] : [text, 1n];
    if (token.kind !== 'number' || !/^(0[xX][\da-fA-F]+|\d+)$/.test(digits)) {
      throw wrong(token.line, `expected a whole number, found ${text}`);
    }
    const value = sign * BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
    const bits = type.endsWith('64') ? 64n : 32n;
    const [low, high] = type.startsWith('u') ? [0n, 2n ** bits] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n)];
    if (value < low || value >= high) throw wrong(token.line, `${text} does not fit ${type}`);
    return bits === 64n ? String(value) : Number(value);
  }

  private open(): string {
    if (this.take('{')) return '}';
    if (this.take('<')) return '>';
    const {line, text} = this.peek();
    throw wrong(line, `expected "{", found ${text}`);
  }

  private peek(): Token {
    // The last token is "end", and nothing reads past it.
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }

  private next(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  /** Fields may be separated by a comma or a semicolon. */
  private separator(): void {
    if (!this.take(',')) this.take(';');
  }

  private take(sign: string): boolean {
    const {kind, text} = this.peek();
    if (kind !== 'sign' || text !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    const {line, text} = this.peek();
    if (!this.take(sign)) throw wrong(line, `expected "${sign}", found ${text}`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v'};

/** C escapes: letters, octal and hexadecimal bytes, \u and \U code points. */
function unquote({text, line}: Token): Buffer {
  const parts: Buffer[] = [];
  const pattern = /\\([0-7]{1,3})|\\[xX]([\da-fA-F]{1,2})|\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})|\\(.)|([^\\]+)/gsy;
  for (const [, octal, hex, short, long, letter, plain] of text.slice(1, -1).matchAll(pattern)) {
    const code = short ?? long;
    if (octal !== undefined) parts.push(Buffer.of(Number.parseInt(octal, 8)));
    else if (hex !== undefined) parts.push(Buffer.of(Number.parseInt(hex, 16)));
    else if (code !== undefined) {
      const point = Number.parseInt(code, 16);
      if (point > 0x10ffff) throw wrong(line, `\\U${code} is no code point`);
      parts.push(Buffer.from(String.fromCodePoint(point)));
    } else parts.push(Buffer.from(letter === undefined ? (plain ?? '') : (ESCAPES[letter] ?? letter)));
  }
  return Buffer.concat(parts);
}
