import {readFile, readdir, rm, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {temporaryFolder} from '../testing/fixtures.js';
import {AuditTrail, readAudit, type AuditEvent} from './audit.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let second = 0;
const clock = (): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second++));
const event = (deployment: string): AuditEvent => ({event: 'live', deployment, model: 'gold', by: 'ann', version: 1});

beforeEach(async () => {
  folder = await temporaryFolder();
  for (const writer of ['api', 'worker', 'api']) {
    const trail = new AuditTrail(folder.path, writer, clock);
    await Promise.all(['a', 'b', 'c'].map(id => trail.append(event(`${writer}-${id}`))));
    await trail.close();
  }
});
afterEach(() => folder.remove());

const files = async (): Promise<string[]> =>
  (await readdir(folder.path)).sort().map(name => path.join(folder.path, name));

test('every line is kept in order, over all writers, and an untouched trail has no faults', async () => {
  const {lines, faults} = await readAudit(folder.path);
  expect(faults).toEqual([]);
  expect(lines.map(({deployment}) => deployment).join(' ')).toBe(
    'api-a api-b api-c worker-a worker-b worker-c api-a api-b api-c',
  );
});

test.each<[string, (file: string) => Promise<void>, RegExp]>([
  [
    'changed',
    async file => writeFile(file, (await readFile(file, 'utf8')).replace('"ann"', '"bob"')),
    /line 2 does not follow/,
  ],
  [
    'taken out',
    async file => writeFile(file, (await readFile(file, 'utf8')).replace(/^.*-b".*\n/m, '')),
    /line 2 does not follow/,
  ],
  [
    'cut off at the end',
    async file => writeFile(file, (await readFile(file, 'utf8')).replace(/^.*-c".*\n/m, '')),
    /has lost lines/,
  ],
  ['deleted with its file', file => rm(file), /is missing; .* was begun after it/],
  ['overwritten', file => writeFile(file, 'nothing\n'), /line 1 is not a line of the audit trail/],
])('a line that was %s shows', async (_name, tamper, fault) => {
  const [first = ''] = await files();
  await tamper(first);
  expect((await readAudit(folder.path)).faults.join('\n')).toMatch(fault);
});

test('nobody but its owner can read it', async () => {
  for (const file of await files()) expect((await stat(file)).mode & 0o077).toBe(0);
});
