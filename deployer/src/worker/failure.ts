/** A deployment that cannot succeed by being run again as it is: why, and what the person who clicked Deploy can do. */
export class DeployFailure extends Error {
  override readonly name = 'DeployFailure';

  constructor(
    readonly reason: string,
    readonly remedy: string,
  ) {
    super(reason);
  }
}

export const STAGE_AGAIN = 'Click Deploy in the notebook again: it stages the model anew.';
const DISK_REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space on the volume of INGOT_MODELS_DIR (old versions can be deleted), then try again.',
  EDQUOT: 'Raise the quota on the volume of INGOT_MODELS_DIR or delete old versions, then try again.',
  EACCES: 'Let the user that runs the deployer write to INGOT_MODELS_DIR, then try again.',
  EPERM: 'Let the user that runs the deployer write to INGOT_MODELS_DIR, then try again.',
  EROFS: 'The volume of INGOT_MODELS_DIR is mounted read-only: mount it writable for the deployer, then try again.',
};

/** @returns the failure that a person can mend, or the error itself when trying again may help. */
export function explainDiskError(error: unknown): unknown {
  const {code, message} = error as NodeJS.ErrnoException;
  const remedy = code === undefined ? undefined : DISK_REMEDIES[code];
  return remedy === undefined ? error : new DeployFailure(`The version could not be written: ${message}.`, remedy);
}
