import {listOps, listServedOps} from '@ingot/tensorflow/session';
import {DeployFailure, STAGE_AGAIN} from '../failure.js';
import {CHECKPOINT_OPS, COMPUTING_OPS} from './allowed-ops.js';

/**
 * A SavedModel is a program. Its graph and its functions may use operations that compute, and no others; those that read
 * and write checkpoints may stand only where a loader or a saver runs them, on the model's own file.
 * @throws DeployFailure naming the operations that are not allowed, or that saved_model.pb cannot be read.
 */
export async function checkOps(dir: string): Promise<void> {
  const [{ops}, served] = await Promise.all([listOps(dir), listServedOps(dir)]).catch((error: Error) => {
    throw new DeployFailure(`"saved_model.pb" cannot be read: ${error.message}.`, STAGE_AGAIN);
  });
  refuse(
    ops.filter(op => !COMPUTING_OPS.has(op) && !CHECKPOINT_OPS.has(op)),
    'The model uses operations that a deployed model may not have',
  );
  refuse(
    served.answering.filter(op => CHECKPOINT_OPS.has(op)),
    'The model would read or write checkpoints while it answers',
  );
  refuse(
    served.restoring.filter(op => !COMPUTING_OPS.has(op) && op !== 'RestoreV2'),
    'The model would do more than restore its variables when it is loaded',
  );
  refuse(served.foreignRestores, 'The model would restore variables from another file than its own, at the nodes');
}

function refuse(names: readonly string[], what: string): void {
  if (names.length === 0) return;
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  throw new DeployFailure(
    `${what}: ${names.slice(0, 10).join(', ')}${more}.`,
    'A served model computes from its inputs only: leave out what reads or writes files, prints, or runs foreign code.',
  );
}
