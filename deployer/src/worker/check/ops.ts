import {listOps} from '@ingot/tensorflow/session';
import {DeployFailure, STAGE_AGAIN} from '../failure.js';
import {CHECKPOINT_OPS, COMPUTING_OPS} from './allowed-ops.js';

/**
 * A SavedModel is a program. Its graph and its functions may use operations that compute, and no others.
 * @throws DeployFailure naming the operations that are not allowed, or that saved_model.pb cannot be read.
 */
export async function checkOps(dir: string): Promise<void> {
  const {ops} = await listOps(dir).catch((error: Error) => {
    throw new DeployFailure(`"saved_model.pb" cannot be read: ${error.message}.`, STAGE_AGAIN);
  });
  const forbidden = ops.filter(op => !COMPUTING_OPS.has(op) && !CHECKPOINT_OPS.has(op));
  if (forbidden.length) {
    throw new DeployFailure(
      `The model uses operations that a deployed model may not have: ${forbidden.slice(0, 10).join(', ')}` +
        `${forbidden.length > 10 ? ` and ${forbidden.length - 10} more` : ''}.`,
      'A served model computes from its inputs only: leave out what reads or writes files, prints, or runs foreign code.',
    );
  }
}
