import {EXTRA_FILES, parseGolden} from '@ingot/tensorflow/contract';
import {goldenTensors, type GoldenTensors} from '@ingot/tensorflow/session';
import {asDataLoss} from './data-loss.js';
import {readOptional} from './version-folder.js';

/** The version's golden samples, null when it brings none. @throws StatusError DATA_LOSS when they are malformed. */
export async function readGolden(folder: string): Promise<GoldenTensors | null> {
  const text = await readOptional(folder, EXTRA_FILES.golden);
  return text === null ? null : asDataLoss(async () => goldenTensors(parseGolden(text)));
}
