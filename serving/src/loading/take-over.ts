import type {LoadedModel} from '@ingot/tensorflow/session';
import {concatenate, countRows, cutUp, isBatchable, type Named} from '../batching/rows.js';
import type {RecentRun} from './recent-runs.js';

/** The largest batch, unless told otherwise. */
const MAX_ROWS = 32;
/** When a batch takes so long, larger ones are not tried. */
const LONG_MS = 200;
/** All of it takes no longer. */
const BUDGET_MS = 5000;

/**
 * Runs what the version before was asked last, so that no client waits for what TensorFlow does at a first run: rewriting the
 * graph, which takes longer than most loads, and making code for each kind of operation. One row, then batches of twice as
 * many, since those have code of their own. What fails, fails for the clients that ask it, as it would without this.
 */
export async function takeOver(
  model: LoadedModel,
  runs: readonly RecentRun[],
  {maxRows = MAX_ROWS, budgetMs = BUDGET_MS} = {},
): Promise<void> {
  const end = performance.now() + budgetMs;
  for (const {signature, inputs, options} of runs) {
    let first = true;
    for (const batch of batches(model, signature, inputs, maxRows)) {
      const began = performance.now();
      if (began >= end) return;
      try {
        await model.run(signature, batch, {...options, deadlineMs: end - began});
      } catch {
        break;
      }
      if (!first && performance.now() - began > LONG_MS) break;
      first = false;
    }
  }
}

/** The inputs in batches of 1, 2, 4, ... rows; themselves where they have none. */
function* batches(model: LoadedModel, signature: string, inputs: Named, maxRows: number): Generator<Named> {
  const spec = model.signatures[signature];
  const rows = spec !== undefined && isBatchable(spec) ? countRows(inputs) : null;
  const first = rows === null || rows === 0 ? undefined : cutUp(inputs, rows, 1)[0]?.inputs;
  if (first === undefined) return yield inputs;
  for (let count = 1; count <= maxRows; count *= 2) yield concatenate(Array<Named>(count).fill(first), count);
}
