import {invalidArgument} from '../../../status/status.js';
import {debugText} from './debug-text.js';
import {JsonObject, type Json} from './value.js';

/** `{"b64": "<text>"}` and nothing else: how a client sends bytes. */
export function isBase64Object(value: Json): value is JsonObject {
  return value instanceof JsonObject && value.members.length === 1 && Buffer.isBuffer(value.find('b64'));
}

/** @throws StatusError INVALID_ARGUMENT when the object or its base64 is malformed. */
export function decodeBase64Object(value: Json): Buffer {
  const text = value instanceof JsonObject && value.members.length === 1 ? value.find('b64') : undefined;
  if (!Buffer.isBuffer(text)) {
    throw invalidArgument(`JSON Value: ${debugText(value)} not formatted correctly for base64 data`);
  }
  return decodeBase64(text);
}

/**
 * Base64 as Abseil's Base64Unescape takes it: white space anywhere, padding complete or left out.
 * @throws StatusError INVALID_ARGUMENT when it is none.
 */
export function decodeBase64(text: Buffer): Buffer {
  return decodePlain(text) ?? decodeAny(text);
}

const PAD = 0x3d;

/** Null for what is not plain base64 without white space: Node's decoder steps over all that is none, and so gives fewer bytes. */
function decodePlain(text: Buffer): Buffer | null {
  let digits = text.length;
  while (digits > text.length - 2 && text[digits - 1] === PAD) digits--;
  if (digits % 4 === 1 || (digits < text.length && text.length % 4 !== 0)) return null;
  const bytes = Buffer.from(text.toString('latin1', 0, digits), 'base64');
  // It takes the URL's alphabet, too.
  const plain = bytes.length === Math.floor((digits * 3) / 4) && !text.includes('-') && !text.includes('_');
  return plain ? bytes : null;
}

function decodeAny(text: Buffer): Buffer {
  const compact = text.toString('latin1').replace(/[ \t\n\v\f\r]/g, '');
  const digits = compact.replace(/=+$/, '');
  const padding = compact.length - digits.length;
  const whole = digits.length % 4 !== 1 && (padding === 0 || (padding <= 2 && compact.length % 4 === 0));
  if (!whole || !/^[A-Za-z0-9+/]*$/.test(digits)) throw invalidArgument('Unable to base64 decode');
  return Buffer.from(digits, 'base64');
}
