import {jsonErrors} from './errors.js';
import {parseJson, type ListReader} from './parse.js';
import {JsonObject} from './value.js';

/** Parses a request body, which must be an object. @throws StatusError INVALID_ARGUMENT. */
export function parseDocument(body: Buffer, readList?: ListReader): JsonObject {
  const document = parseJson(body, readList);
  if (!(document instanceof JsonObject)) throw jsonErrors.format(document, 'Is not object');
  return document;
}

/** The document's `signature_name`, "" when it has none. @throws StatusError INVALID_ARGUMENT when it is no string. */
export function signatureName(document: JsonObject): string {
  const name = document.find('signature_name');
  if (name === undefined) return '';
  if (!Buffer.isBuffer(name)) throw jsonErrors.signatureName(document);
  return name.toString('utf8');
}
