import type {Lineage} from '@ingot/tensorflow/contract';
import {type CellOrigin, notebookPort} from '../../execution/notebook-port.js';
import {provenances} from './contract.js';
import {gitState} from './git.js';
import {packageVersions} from './packages.js';
import type {DeployableSpec} from './spec.js';

export interface LineageContext {
  readonly staged: string;
  readonly now: Date;
  readonly notebook: string | null;
  readonly codeSha256: string | null;
  /** The one that made the model deployable. */
  readonly cell?: CellOrigin | undefined;
}

/** Where this model comes from: notebook, cell, code, data, packages, commit, figures, training run. */
export async function lineageOf(spec: DeployableSpec, context: LineageContext): Promise<Lineage> {
  const {training, metrics} = spec;
  const {staged, now, notebook} = context;
  const port = notebookPort();
  const folder = port?.folder ?? process.cwd();
  return {
    formatVersion: 1,
    staged,
    createdAt: now.toISOString(),
    notebook: notebook === null ? null : {path: notebook, ...codeOf(context)},
    data: provenances(spec),
    packages: await packageVersions(port?.packages() ?? [], folder),
    git: await gitState(folder, notebook),
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

function codeOf({cell, codeSha256}: LineageContext): {cell?: string; cellSha256?: string; codeSha256?: string} {
  return {
    ...(cell === undefined || cell.id === null ? {} : {cell: cell.id}),
    ...(cell === undefined ? {} : {cellSha256: cell.sha256}),
    ...(codeSha256 === null ? {} : {codeSha256}),
  };
}

/** JSON knows no NaN: such a figure is left out. */
export function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
