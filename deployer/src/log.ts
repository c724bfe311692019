/** One line a happening, for the person who reads the log of a part. */
export type Log = (level: 'info' | 'warning' | 'error', text: string) => void;

export function lineLog(part: string, write: (line: string) => void = line => process.stdout.write(line)): Log {
  return (level, text) => {
    const oneLine = text.replace(/\s*\n\s*/g, ' | ');
    write(`${new Date().toISOString()} ${level.padEnd(7)} ${part}: ${oneLine}\n`);
  };
}
