import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {promisify} from 'node:util';
import {tf} from '@ingot/tensorflow';
import type {Lineage} from '@ingot/tensorflow/contract';
import {provenances} from './contract.js';
import type {DeployableSpec} from './spec.js';

export interface LineageContext {
  readonly staged: string;
  readonly now: Date;
  readonly notebook: string | null;
  readonly codeSha256: string | null;
}

/** Where this model comes from: notebook, code, data, packages, commit, figures, training run. */
export async function lineageOf(spec: DeployableSpec, context: LineageContext): Promise<Lineage> {
  const {training, metrics} = spec;
  const {staged, now, notebook, codeSha256} = context;
  return {
    formatVersion: 1,
    staged,
    createdAt: now.toISOString(),
    notebook: notebook === null ? null : {path: notebook, ...(codeSha256 === null ? {} : {codeSha256})},
    data: provenances(spec),
    packages: await packages(),
    git: await gitCommit(),
    metrics: finite({...training?.metrics, ...metrics}),
    ...(training === undefined
      ? {}
      : {
          training: {
            run: training.run,
            epochs: training.epochs,
            seconds: training.seconds,
            device: training.device,
            compiled: training.compiled,
          },
        }),
  };
}

/** JSON knows no NaN: such a figure is left out. */
export function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

async function packages(): Promise<Record<string, string>> {
  const {resolve} = createRequire(import.meta.url);
  const names = ['ingot', '@ingot/tensorflow', '@tensorflow/tfjs-node'];
  const versions = await Promise.all(
    names.map(async name => {
      const {version} = JSON.parse(await readFile(resolve(`${name}/package.json`), 'utf8')) as {version: string};
      return [name, version] as const;
    }),
  );
  const binding = (tf.backend() as unknown as {binding?: {TF_Version?: string}}).binding;
  const library = binding?.TF_Version === undefined ? [] : [['libtensorflow', binding.TF_Version] as const];
  return Object.fromEntries([...versions, ...library, ['node', process.versions.node]]);
}

/** The commit of the repository that the notebook's folder lies in; null when it lies in none or there is no git. */
async function gitCommit(): Promise<Lineage['git']> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, {timeout: 5000})).stdout.trim();
  try {
    return {
      commit: await git('rev-parse', 'HEAD'),
      dirty: (await git('status', '--porcelain', '--untracked-files=no')) !== '',
    };
  } catch {
    return null;
  }
}
