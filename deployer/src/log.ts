/** One line a happening, for the person who reads the log of a part. */
export type Log = (level: 'info' | 'warning' | 'error', text: string) => void;

export function lineLog(part: string, write: (line: string) => void = toStdout): Log {
  return (level, text) => {
    const oneLine = text.replace(/\s*\n\s*/g, ' | ');
    write(`${new Date().toISOString()} ${level.padEnd(7)} ${part}: ${oneLine}\n`);
  };
}

/** Writes it if that can be: who read it may be gone, and the disk full, which is no reason to deploy nothing. */
function toStdout(line: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined);
  try {
    process.stdout.write(line);
  } catch {
    // Files are written at once, and tell at once.
  }
}
