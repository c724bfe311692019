import {invalidArgument} from './status/status.js';

export type Level = 'info' | 'warning' | 'error';
export type Log = (level: Level, text: string) => void;
export type LogFormat = 'text' | 'json';

/** One event a line, on stderr: time, level, text. */
export function logToStderr(format: LogFormat): Log {
  return (level, text) => {
    const time = new Date().toISOString();
    const line =
      format === 'json'
        ? JSON.stringify({time, level, message: text})
        : `${time} ${level.toUpperCase()} ${text.replaceAll('\n', '\\n')}`;
    process.stderr.write(`${line}\n`);
  };
}

/** @throws StatusError INVALID_ARGUMENT for what --log_format may not be */
export function logFormat(text: string): LogFormat {
  if (text === 'text' || text === 'json') return text;
  throw invalidArgument(`--log_format is "${text}"; it must be text or json`);
}
