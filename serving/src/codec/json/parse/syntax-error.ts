import {StatusError} from '../../../status/status.js';

/** A text that is not JSON, in the words and with the offset of the parser that TensorFlow Serving uses. */
export class JsonSyntaxError extends StatusError {
  constructor(text: string, offset: number) {
    super('INVALID_ARGUMENT', `JSON Parse error: ${text} at offset: ${offset}`);
  }
}
