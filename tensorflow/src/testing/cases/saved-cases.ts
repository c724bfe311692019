import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {EngineProcess} from '../../engine/index.js';
import {Judge, PLAIN_KERNELS} from '../judge.js';
import {fromPlain, hostToPlain, type PlainTensor} from '../plain.js';
import {folderOf, type SavedCase} from './saved-case.js';
import type {Table} from './tables.js';

type Outputs = Readonly<Record<string, PlainTensor>>;

function mapped<T, U>(values: Readonly<Record<string, T>>, of: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)]));
}

/** The saved cases of a table, and Python and an exact engine to run them. */
export class SavedCases {
  private constructor(
    readonly dir: string,
    private readonly saved: Readonly<Record<string, SavedCase>>,
    private readonly judge: Judge,
    private readonly engine: EngineProcess,
  ) {}

  static async of(table: Table): Promise<SavedCases> {
    const dir = await mkdtemp(path.join(tmpdir(), 'ingot-cases-'));
    const script = fileURLToPath(new URL('save.js', import.meta.url));
    await promisify(execFile)(process.execPath, [script, table, dir], {
      env: {...process.env, NODE_OPTIONS: '', ...PLAIN_KERNELS},
    });
    const saved = JSON.parse(await readFile(path.join(dir, 'cases.json'), 'utf8')) as Record<string, SavedCase>;
    const judge = new Judge();
    const engine = await EngineProcess.start({runs: 1, graceMs: 60_000, longestRunMs: 600_000, env: PLAIN_KERNELS});
    await judge.ready;
    return new SavedCases(dir, saved, judge, engine);
  }

  /**
   * What Python and an exact engine compute with a case's SavedModel, and what eager tfjs computed, at each size.
   * @throws Error when the case could not be saved
   */
  async answers(name: string): Promise<Record<'python' | 'engine' | 'eager', readonly Outputs[]>> {
    const saved = this.saved[name];
    if (saved === undefined) throw new Error(`There is no case "${name}".`);
    if ('error' in saved) throw new Error(saved.error);
    const folder = path.join(this.dir, folderOf(name));
    const python: Outputs[] = [];
    const engine: Outputs[] = [];
    const model = await this.engine.load(folder, {exact: true});
    for (const {inputs} of saved.answers) {
      python.push(await this.judge.run(folder, inputs));
      const outputs = await model.run('serving_default', mapped(inputs, fromPlain));
      engine.push(mapped(outputs, hostToPlain));
    }
    await model.dispose();
    return {python, engine, eager: saved.answers.map(({outputs}) => outputs)};
  }

  /** Why a case could not be saved. */
  errorOf(name: string): string | undefined {
    const saved = this.saved[name];
    return saved !== undefined && 'error' in saved ? saved.error : undefined;
  }

  async close(): Promise<void> {
    await Promise.all([this.judge.close(), this.engine.close()]);
    await rm(this.dir, {recursive: true});
  }
}
