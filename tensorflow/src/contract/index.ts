export {ChecksumError, verifyChecksums, writeChecksums} from './checksum-files.js';
export * from './checksums.js';
export * from './contract.js';
export * from './golden.js';
export * from './lineage.js';
export {ContractError, parseChecksums, parseContract, parseGolden, parseLineage} from './parse.js';

/** Files beside the SavedModel's own, relative to the version folder. */
export const EXTRA_FILES = {
  contract: 'assets.extra/contract.json',
  golden: 'assets.extra/golden.json',
  lineage: 'assets.extra/lineage.json',
  checksums: 'assets.extra/checksums.json',
} as const;
