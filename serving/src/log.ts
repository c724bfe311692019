export type Level = 'info' | 'warning' | 'error';
export type Log = (level: Level, text: string) => void;

/** One line an event, on stderr: time, level, text. */
export const logToStderr: Log = (level, text) => {
  process.stderr.write(`${new Date().toISOString()} ${level.toUpperCase()} ${text.replaceAll('\n', '\\n')}\n`);
};
