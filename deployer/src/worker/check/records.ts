import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {
  ChecksumError,
  ContractError,
  EXTRA_FILES,
  parseContract,
  parseGolden,
  parseLineage,
  verifyChecksums,
  type Checksums,
  type GoldenSamples,
  type Lineage,
  type ModelContract,
} from '@ingot/tensorflow/contract';
import {DeployFailure, STAGE_AGAIN} from '../failure.js';

/** What a staged model says of itself. */
export interface Records {
  readonly checksums: Checksums;
  readonly contract: ModelContract;
  readonly golden: GoldenSamples;
  readonly lineage: Lineage;
}

/**
 * Reads the records of a staged model after its files proved to be those that were staged.
 * @throws DeployFailure naming the file or the record, and what is wrong with it.
 */
export async function readRecords(dir: string, model: string): Promise<Records> {
  try {
    const checksums = await verifyChecksums(dir);
    const read = (file: string): Promise<Buffer> => readFile(path.join(dir, file));
    const contract = parseContract(await read(EXTRA_FILES.contract));
    checkName(contract, model);
    const golden = parseGolden(await read(EXTRA_FILES.golden));
    return {checksums, contract, golden, lineage: parseLineage(await read(EXTRA_FILES.lineage))};
  } catch (error) {
    throw explain(error);
  }
}

function checkName(contract: ModelContract, model: string): void {
  if (contract.name === model) return;
  throw new DeployFailure(
    `The staged model is called "${contract.name}" in its contract, and was to be deployed as "${model}".`,
    `Deploy it as "${contract.name}", or change the name in the notebook and stage it again.`,
  );
}

function explain(error: unknown): unknown {
  if (error instanceof ChecksumError) {
    return new DeployFailure(`${error.message} The model was changed or damaged after it was staged.`, STAGE_AGAIN);
  }
  if (error instanceof ContractError) {
    return new DeployFailure(
      error.message,
      'Correct what the notebook passes to ingot.deployable, then click Deploy again.',
    );
  }
  return error;
}
