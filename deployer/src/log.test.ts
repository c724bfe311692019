import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {promisify} from 'node:util';
import {fileURLToPath} from 'node:url';
import {lineLog} from './log.js';

const LOG = fileURLToPath(new URL('log.js', import.meta.url));
const run = promisify(execFile);

test('a happening is one line, whatever its text', () => {
  const lines: string[] = [];
  lineLog('worker', line => lines.push(line))('error', 'first\n  second');
  expect(lines).toEqual([expect.stringMatching(/^\d{4}-[^ ]+Z error +worker: first \| second\n$/)]);
});

/** A process that logs, waits, logs again and then tells on stderr that it is still there. */
const TALKER = `
import {lineLog} from ${JSON.stringify(LOG)};
const log = lineLog('api');
for (let i = 0; i < 100; i++) {
  log('info', 'x'.repeat(1000));
  await new Promise(resolve => setTimeout(resolve, 1));
}
console.error('still there');
`;

const endings = [['its reader has gone', '| true']];
if (existsSync('/dev/full')) endings.push(['the disk is full', '> /dev/full']);

test.each(endings)('a part goes on when %s', async (_what, where) => {
  const command = `set -o pipefail; "$0" --input-type=module -e "$1" ${where}`;
  const {stderr} = await run('bash', ['-c', command, process.execPath, TALKER]);
  expect(stderr).toContain('still there');
});
