import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Judge, PLAIN_KERNELS} from './judge.js';
import {folderOf, type SavedCase} from './save-cases.js';

/** Cases saved by a program of `testing/`, and Python to run them. */
export class SavedCases {
  private constructor(
    readonly dir: string,
    private readonly saved: Readonly<Record<string, SavedCase>>,
    private readonly judge: Judge,
  ) {}

  /** @param program its file name, e.g. "save-layer-cases.js" */
  static async make(program: string): Promise<SavedCases> {
    const dir = await mkdtemp(path.join(tmpdir(), 'ingot-cases-'));
    const script = fileURLToPath(new URL(program, import.meta.url));
    await promisify(execFile)(process.execPath, [script, dir], {
      env: {...process.env, NODE_OPTIONS: '', ...PLAIN_KERNELS},
    });
    const saved = JSON.parse(await readFile(path.join(dir, 'cases.json'), 'utf8')) as Record<string, SavedCase>;
    const judge = new Judge();
    await judge.ready;
    return new SavedCases(dir, saved, judge);
  }

  /** @throws Error when the case could not be saved, or Python computes anything but the bits that eager tfjs computed. */
  async check(name: string): Promise<void> {
    const saved = this.saved[name];
    if (saved === undefined) throw new Error(`There is no case "${name}".`);
    if ('error' in saved) throw new Error(saved.error);
    for (const {inputs, outputs} of saved.answers) {
      expect(await this.judge.run(path.join(this.dir, folderOf(name)), inputs)).toEqual(outputs);
    }
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
