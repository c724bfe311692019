import {StatusError} from '../../status/status.js';

/** Does what fails only when a version's files are not right. @throws StatusError DATA_LOSS in place of any error */
export async function asDataLoss<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StatusError('DATA_LOSS', error instanceof Error ? error.message : String(error), {cause: error});
  }
}
