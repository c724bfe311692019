import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, type GoldenSamples} from '@ingot/tensorflow/contract';
import {goldenTensors, loadSavedModel, replayGolden} from '@ingot/tensorflow/session';
import type {ReplayMessage} from './protocol.js';

/** Runs in a process of its own: a graph can crash, hang or eat the memory of the process that runs it. */
async function replay(dir: string): Promise<ReplayMessage> {
  // Checked by the parent before it started this process.
  const golden = JSON.parse(await readFile(path.join(dir, EXTRA_FILES.golden), 'utf8')) as GoldenSamples;
  // On a processor, which rounds less than a GPU, wherever this runs.
  const model = await loadSavedModel(dir, {device: 'cpu'});
  const report = await replayGolden(model, goldenTensors(golden));
  return {type: 'replayed', signatures: {...model.signatures}, report};
}

process.once('disconnect', () => process.exit(1));
const message = await replay(process.argv[2] ?? '').catch((error: unknown): ReplayMessage => ({
  type: 'failed',
  message: error instanceof Error ? error.message : String(error),
}));
process.send?.(message, () => process.exit(0));
