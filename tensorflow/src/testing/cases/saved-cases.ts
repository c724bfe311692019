import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Judge, PLAIN_KERNELS} from '../judge.js';
import type {PlainTensor} from '../plain.js';
import {folderOf, type SavedCase} from './saved-case.js';
import type {Table} from './tables.js';

type Outputs = Readonly<Record<string, PlainTensor>>;

/** The saved cases of a table, and Python to run them. */
export class SavedCases {
  private constructor(
    readonly dir: string,
    private readonly saved: Readonly<Record<string, SavedCase>>,
    private readonly judge: Judge,
  ) {}

  static async of(table: Table): Promise<SavedCases> {
    const dir = await mkdtemp(path.join(tmpdir(), 'ingot-cases-'));
    const script = fileURLToPath(new URL('save.js', import.meta.url));
    await promisify(execFile)(process.execPath, [script, table, dir], {
      env: {...process.env, NODE_OPTIONS: '', ...PLAIN_KERNELS},
    });
    const saved = JSON.parse(await readFile(path.join(dir, 'cases.json'), 'utf8')) as Record<string, SavedCase>;
    const judge = new Judge();
    await judge.ready;
    return new SavedCases(dir, saved, judge);
  }

  /**
   * What Python computes with a case's SavedModel, and what eager tfjs computed, at each size.
   * @throws Error when the case could not be saved
   */
  async answers(name: string): Promise<{python: readonly Outputs[]; eager: readonly Outputs[]}> {
    const saved = this.saved[name];
    if (saved === undefined) throw new Error(`There is no case "${name}".`);
    if ('error' in saved) throw new Error(saved.error);
    const python: Outputs[] = [];
    for (const {inputs} of saved.answers)
      python.push(await this.judge.run(path.join(this.dir, folderOf(name)), inputs));
    return {python, eager: saved.answers.map(({outputs}) => outputs)};
  }

  /** Why a case could not be saved. */
  errorOf(name: string): string | undefined {
    const saved = this.saved[name];
    return saved !== undefined && 'error' in saved ? saved.error : undefined;
  }

  async close(): Promise<void> {
    await this.judge.close();
    await rm(this.dir, {recursive: true});
  }
}
