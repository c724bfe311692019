import {PrettyWriter} from '../write/pretty-writer.js';

/** The body of every REST error: `{"error": "<message>"}`. */
export function writeErrorResponse(message: string): Buffer {
  return new PrettyWriter().startObject().key('error').string(message).end().finish();
}
