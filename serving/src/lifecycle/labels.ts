import {lifecycleErrors} from './errors.js';

type LabelMap = ReadonlyMap<string, bigint>;

/**
 * Whether a reload may give a model these labels.
 * @param allowUnavailable a new label, or one that stays where it was, may point to a version that is not loaded
 * @throws StatusError FAILED_PRECONDITION for the first label that points to a version that it may not
 */
export function checkLabels(
  name: string,
  before: LabelMap,
  wanted: LabelMap,
  isAvailable: (version: bigint) => boolean,
  allowUnavailable: boolean,
): void {
  for (const [label, version] of wanted) {
    if (isAvailable(version)) continue;
    const old = before.get(label);
    const moved = old !== undefined && old !== version;
    if (moved || !allowUnavailable) throw lifecycleErrors.labelUnavailable(name, version);
  }
}
