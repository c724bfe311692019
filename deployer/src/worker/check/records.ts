import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {Checksums, EXTRA_FILES, GoldenSamples, Lineage, ModelContract} from '@ingot/tensorflow/contract';
import type {Static, TSchema} from 'typebox';
import Value from 'typebox/value';
import {DeployFailure, STAGE_AGAIN} from '../failure.js';
import type {Inventory} from './inventory.js';

/** What a staged model says of itself. */
export interface Records {
  readonly checksums: Checksums;
  readonly contract: ModelContract;
  readonly golden: GoldenSamples;
  readonly lineage: Lineage;
}

/**
 * Reads the records of a staged model after its files proved to be those that were staged.
 * @throws DeployFailure naming the file and what is wrong with it.
 */
export async function readRecords(dir: string, files: Inventory, model: string): Promise<Records> {
  const checksums = await readRecord(dir, EXTRA_FILES.checksums, Checksums);
  await verifyFiles(dir, files, checksums);
  const contract = await readRecord(dir, EXTRA_FILES.contract, ModelContract);
  if (contract.name !== model) {
    throw new DeployFailure(
      `The staged model is called "${contract.name}" in its contract, and was to be deployed as "${model}".`,
      `Deploy it as "${contract.name}", or change the name in the notebook and stage it again.`,
    );
  }
  return {
    checksums,
    contract,
    golden: await readRecord(dir, EXTRA_FILES.golden, GoldenSamples),
    lineage: await readRecord(dir, EXTRA_FILES.lineage, Lineage),
  };
}

async function verifyFiles(dir: string, files: Inventory, checksums: Checksums): Promise<void> {
  for (const file of Object.keys(checksums.files)) {
    if (!files.has(file)) throw damaged(`"${file}" is missing from the staged model`);
  }
  for (const [file, bytes] of files) {
    if (file === EXTRA_FILES.checksums) continue;
    const wanted = Object.hasOwn(checksums.files, file) ? checksums.files[file] : undefined;
    if (!wanted) throw damaged(`"${file}" is not among the files that were staged`);
    if (wanted.bytes !== bytes) throw damaged(`"${file}" has ${bytes} bytes instead of ${wanted.bytes}`);
    if (wanted.sha256 !== (await sha256(path.join(dir, file)))) throw damaged(`"${file}" is not what was staged`);
  }
}

function damaged(what: string): DeployFailure {
  return new DeployFailure(`${what}: the model was changed or damaged after it was staged.`, STAGE_AGAIN);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function readRecord<T extends TSchema>(dir: string, file: string, schema: T): Promise<Static<T>> {
  const json = parse(await readFile(path.join(dir, file), 'utf8'), file);
  const [error] = Value.Check(schema, json) ? [] : Value.Errors(schema, json);
  if (error || !Value.Check(schema, json)) {
    throw new DeployFailure(
      `"${file}" is not valid: ${error?.instancePath || 'it'} ${error?.message ?? 'does not match'}.`,
      'Correct what the notebook passes to ingot.deployable, then click Deploy again.',
    );
  }
  return json;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DeployFailure(`"${file}" is not JSON: ${(error as Error).message}.`, STAGE_AGAIN);
  }
}
