import {invalidArgument} from './status/status.js';

export type Level = 'info' | 'warning' | 'error';
export type Log = (level: Level, text: string) => void;
export type LogFormat = 'text' | 'json';

/** Streams that have somebody who hears of their errors: else the first one ends the process. */
const heard = new WeakSet<NodeJS.WriteStream>();

/**
 * Writes to stdout or stderr what a server has to say, if that can be: who read it may be gone, and the disk full, which is no
 * reason to serve nobody. What comes later is written again once it can be.
 */
export function writeOut(stream: NodeJS.WriteStream, text: string | Uint8Array): void {
  if (!heard.has(stream)) {
    heard.add(stream);
    stream.on('error', () => undefined);
  }
  try {
    stream.write(text);
  } catch {
    // Files are written at once, and tell at once.
  }
}

/** One event a line, on stderr: time, level, text. */
export function logToStderr(format: LogFormat): Log {
  return (level, text) => {
    const time = new Date().toISOString();
    const line =
      format === 'json'
        ? JSON.stringify({time, level, message: text})
        : `${time} ${level.toUpperCase()} ${text.replaceAll('\n', '\\n')}`;
    writeOut(process.stderr, `${line}\n`);
  };
}

/** @throws StatusError INVALID_ARGUMENT for what --log_format may not be */
export function logFormat(text: string): LogFormat {
  if (text === 'text' || text === 'json') return text;
  throw invalidArgument(`--log_format is "${text}"; it must be text or json`);
}
