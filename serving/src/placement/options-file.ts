import {readFile} from 'node:fs/promises';
import type {Log} from '../log.js';
import {invalidArgument} from '../status/status.js';
import {PLAIN, parseOptions, type ModelOptions, type OptionsByModel} from './options.js';

/** What operators say of single models, as it is now. */
export interface OptionsSource {
  of(model: string): ModelOptions;
  /** Calls back whenever something has changed. */
  onChange(changed: () => void): void;
  close(): void;
}

export const NO_OPTIONS: OptionsSource = {of: () => PLAIN, onChange: () => undefined, close: () => undefined};

/**
 * The options of a --model_options_file, read again `pollMs` after each look; 0 means never. One that makes no sense any more is
 * logged, and changes nothing.
 * @throws StatusError INVALID_ARGUMENT when it cannot be read to begin with
 */
export async function watchOptions(file: string, pollMs: number, log: Log): Promise<OptionsSource> {
  let text = await readFile(file, 'utf8').catch(error => {
    throw invalidArgument(`--model_options_file cannot be read: ${(error as Error).message}`);
  });
  let options = parse(file, text);
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let complaint = '';
  const look = async (): Promise<void> => {
    try {
      const now = await readFile(file, 'utf8');
      if (now !== text) {
        options = parse(file, now);
        text = now;
        log('info', `${file} has changed: its options are in force`);
        for (const changed of listeners) changed();
      }
      complaint = '';
    } catch (error) {
      const {message} = error as Error;
      if (message !== complaint) log('error', `${message}; the options stay as they are`);
      complaint = message;
    }
    again();
  };
  const again = (): void => {
    if (!closed) timer = setTimeout(() => void look(), pollMs).unref();
  };
  if (pollMs > 0) again();
  return {
    of: model => options.get(model) ?? PLAIN,
    onChange: changed => void listeners.push(changed),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function parse(file: string, text: string): OptionsByModel {
  try {
    return parseOptions(text);
  } catch (error) {
    throw invalidArgument(`${file}: ${(error as Error).message}`);
  }
}
