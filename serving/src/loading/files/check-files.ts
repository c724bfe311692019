import {verifyChecksums} from '@ingot/tensorflow/contract';
import {StatusError} from '../../status/status.js';
import {asDataLoss} from './data-loss.js';
import {readChecksums, readOptional} from './version-folder.js';
import type {VersionReader} from './version-reader.js';

/**
 * Checks every file against the version's checksums; where it brings none, that its variables are there.
 * @throws StatusError DATA_LOSS naming the file.
 */
export async function checkFiles(folder: string, reader: VersionReader): Promise<void> {
  if ((await readChecksums(folder)) === null) await checkVariables(folder, reader);
  else await asDataLoss(() => verifyChecksums(folder, file => reader.hash(file)));
}

const VARIABLES_INDEX = 'variables/variables.index';
const VARIABLE_OPS: ReadonlySet<string> = new Set(['VarHandleOp', 'VariableV2', 'Variable']);

/**
 * TensorFlow loads a graph whose variables are not there, and fails at every run: so does a version look that is still being
 * copied.
 */
async function checkVariables(folder: string, reader: VersionReader): Promise<void> {
  if ((await readOptional(folder, VARIABLES_INDEX)) !== null) return;
  // What is no SavedModel at all, TensorFlow says itself.
  const ops = await reader.ops(folder).catch(() => []);
  if (ops.some(op => VARIABLE_OPS.has(op))) {
    throw new StatusError('DATA_LOSS', `The graph has variables, but ${VARIABLES_INDEX} is missing: copy it, too`);
  }
}
