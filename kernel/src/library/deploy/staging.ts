import {randomBytes} from 'node:crypto';
import {mkdir, open, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {capture, saveSavedModel} from '@ingot/tensorflow';
import {writeChecksums} from '@ingot/tensorflow/contract';
import type {CellOrigin} from '../../execution/notebook-port.js';
import {contractOf} from './contract.js';
import {lineageOf} from './lineage.js';
import {tensorOf} from './ports.js';
import {goldenSamples} from './samples.js';
import type {DeployableSpec} from './spec.js';

export interface StagingContext {
  readonly folder: string;
  readonly now: Date;
  readonly notebook: string | null;
  readonly codeSha256: string | null;
  /** The one that made the model deployable. */
  readonly cell?: CellOrigin | undefined;
  readonly progress: (text: string, fraction: number) => void;
}

/**
 * Captures a model and writes it with its contract, golden samples, lineage and checksums to `<folder>/<id>`. The folder
 * appears at once and complete; what a failure leaves is removed.
 * @returns the id.
 * @throws CaptureError, ContractError or Error with what is wrong, for the person who clicked Deploy.
 */
export async function stage(spec: DeployableSpec, context: StagingContext): Promise<string> {
  const {folder, now, progress} = context;
  const time = now
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .replace('T', '-');
  const staged = `${spec.name.slice(0, 96)}-${time}-${randomBytes(4).toString('hex')}`;
  progress('Writing down what the model takes and gives', 0.05);
  const contract = contractOf(spec);
  progress('Running the golden samples', 0.15);
  const golden = goldenSamples(spec);
  const lineage = await lineageOf(spec, {...context, staged});
  progress('Capturing the serving function as a graph', 0.3);
  const captured = capture(
    spec.serve,
    Object.fromEntries(spec.inputs.map(port => [port.name, tensorOf(port)])),
    spec.outputs.length === 1 && spec.outputs[0] !== undefined ? {outputs: spec.outputs[0].name} : {},
  );
  const incoming = join(folder, `.incoming-${staged}`);
  try {
    await mkdir(folder, {recursive: true});
    progress('Writing the SavedModel', 0.7);
    const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
    const extras = {'contract.json': json(contract), 'golden.json': json(golden), 'lineage.json': json(lineage)};
    await saveSavedModel(incoming, {serving_default: captured}, {extras});
    await writeChecksums(incoming);
    await rename(incoming, join(folder, staged));
    await syncFolder(folder);
  } catch (error) {
    await rm(incoming, {recursive: true, force: true});
    throw error;
  } finally {
    captured.dispose();
  }
  progress('Staged', 1);
  return staged;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
