import {invalidArgument, type StatusError} from '../../../status/status.js';
import {debugText} from './debug-text.js';
import {typeName, type Json} from './value.js';

/** The texts that several of the JSON codecs share. */
export const jsonErrors = {
  format: (value: Json, text: string): StatusError => invalidArgument(`JSON Value: ${debugText(value)} ${text}`),
  signatureName: (document: Json): StatusError =>
    jsonErrors.format(document, "not formatted correctly. 'signature_name' key must be a string value."),
  type: (value: Json, dtype: string): StatusError =>
    invalidArgument(`JSON Value: ${debugText(value)} Type: ${typeName(value)} is not of expected type: ${dtype}`),
};
