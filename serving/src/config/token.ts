import {readFile} from 'node:fs/promises';
import {invalidArgument} from '../status/status.js';

/** Shorter tokens can be guessed. */
export const MIN_TOKEN = 16;

/** The token in the file that a flag names. @throws StatusError INVALID_ARGUMENT when it cannot be read */
export async function readToken(flag: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw invalidArgument(`--${flag} cannot be read: ${(error as Error).message}`);
  }
}

/** The token of --api_token_file. @throws StatusError INVALID_ARGUMENT when it can be guessed, or no header can hold it */
export async function readApiToken(file: string): Promise<string> {
  const token = await readToken('api_token_file', file);
  if (token.length >= MIN_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token;
  throw invalidArgument(`--api_token_file must hold at least ${MIN_TOKEN} characters of ASCII without spaces`);
}
