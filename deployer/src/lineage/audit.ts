import {createHash} from 'node:crypto';
import {mkdir, open, readFile, readdir, type FileHandle} from 'node:fs/promises';
import path from 'node:path';

/**
 * Who had what deployed, and what became of it: lines of JSON that are only ever added. Each line holds the SHA-256 of the
 * line before it; the first line of a file holds those of the files that ended before it. So a line that was changed or
 * taken out shows, except at the very end. A process writes to a file of its own: any number of them need no lock.
 */
export interface AuditEvent {
  readonly event: 'requested' | 'retried' | 'cancelled' | 'published' | 'pinned' | 'unpinned' | 'live' | 'failed';
  readonly deployment: string;
  readonly model: string;
  readonly by: string;
  readonly version?: number | null;
  readonly notebook?: string | null;
  readonly reason?: string;
}

interface AuditLine extends AuditEvent {
  readonly at: string;
  /** Of the line before; of a file's first line, null. */
  readonly previous: string | null;
  /** In a file's first line: the last line's hash of each file that no other file names yet. */
  readonly after?: Readonly<Record<string, string>>;
}

const FILE = /\.jsonl$/;

export class AuditTrail {
  private handle: FileHandle | null = null;
  private previous: string | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly dir: string,
    private readonly writer: string,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Resolves when the line is on the disk. @throws an error of the file system. */
  async append(event: AuditEvent): Promise<void> {
    const turn = this.writing.then(() => this.write(event));
    this.writing = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    await this.writing;
    await this.handle?.close();
    this.handle = null;
  }

  private async write(event: AuditEvent): Promise<void> {
    const at = this.now().toISOString();
    const first = this.handle === null ? {after: await this.openFile(at)} : {};
    const line = JSON.stringify({at, ...event, previous: this.previous, ...first} satisfies AuditLine);
    await this.handle?.appendFile(`${line}\n`);
    await this.handle?.sync();
    this.previous = hash(line);
  }

  /** @returns what the new file's first line must name. */
  private async openFile(at: string): Promise<Record<string, string>> {
    await mkdir(this.dir, {recursive: true, mode: 0o700});
    const files = await readFiles(this.dir);
    const named = new Set(files.flatMap(({lines}) => Object.keys(parse(lines[0] ?? '')?.after ?? {})));
    const ended = files.filter(({name}) => !named.has(name));
    this.handle = await open(
      path.join(this.dir, `${at.replaceAll(':', '-')}-${this.writer}-${process.pid}.jsonl`),
      'ax',
      0o600,
    );
    this.previous = null;
    return Object.fromEntries(ended.map(({name, lines}) => [name, hash(lines.at(-1) ?? '')]));
  }
}

export interface AuditReport {
  /** Oldest first. */
  readonly lines: readonly AuditLine[];
  /** What was tampered with, one sentence each. */
  readonly faults: readonly string[];
}

export async function readAudit(dir: string): Promise<AuditReport> {
  const faults: string[] = [];
  const lines: AuditLine[] = [];
  const files = await readFiles(dir);
  for (const {name, lines: texts} of files) {
    let previous: string | null = null;
    for (const [index, text] of texts.entries()) {
      const line = parse(text);
      if (!line) faults.push(`${name}: line ${index + 1} is not a line of the audit trail.`);
      else if (line.previous !== previous)
        faults.push(`${name}: line ${index + 1} does not follow the line before it.`);
      if (line) lines.push(line);
      previous = hash(text);
    }
    for (const [other, wanted] of Object.entries(parse(texts[0] ?? '')?.after ?? {})) {
      const found = files.find(file => file.name === other);
      if (!found) faults.push(`${other} is missing; ${name} was begun after it.`);
      else if (!found.lines.some(text => hash(text) === wanted))
        faults.push(`${other} has lost lines that ${name} followed.`);
    }
  }
  return {lines: lines.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))), faults};
}

async function readFiles(dir: string): Promise<{name: string; lines: string[]}[]> {
  const names = (await readdir(dir).catch(() => [])).filter(name => FILE.test(name)).sort();
  return Promise.all(
    names.map(async name => ({
      name,
      lines: (await readFile(path.join(dir, name), 'utf8')).split('\n').filter(Boolean),
    })),
  );
}

function parse(text: string): AuditLine | null {
  try {
    const line = JSON.parse(text) as AuditLine | null;
    return typeof line?.event === 'string' && typeof line.at === 'string' ? line : null;
  } catch {
    return null;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
