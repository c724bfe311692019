import {randomBytes} from 'node:crypto';
import {link, mkdir, readFile, readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {syncFolder, writeDurably} from './durable.js';

/**
 * Version numbers. A number is claimed by a file of its name in `<model>/.numbers/`, which holds the deployment's id and
 * stays when the version is deleted: so no number is ever given to two deployments. The claim is made by `link`, which
 * either makes the whole file or finds that another worker was first.
 */
const CLAIMS = '.numbers';
const NUMBER = /^\d{1,15}$/;

/**
 * @param above claims of this deployment up to here do not count: their version folder is somebody else's.
 * @returns the deployment's number: the one that it claimed before, else the next one above all that exist or existed.
 */
export async function claimNumber(modelDir: string, deploymentId: string, above = 0): Promise<number> {
  const claims = path.join(modelDir, CLAIMS);
  await mkdir(claims, {recursive: true});
  for (;;) {
    const taken = await numbersIn(claims);
    const own = await claimOf(claims, taken, deploymentId, above);
    if (own !== null) return own;
    const next = Math.max(0, ...taken, ...(await numbersIn(modelDir))) + 1;
    await claim(claims, next, deploymentId);
    // Claimed or lost: in both cases the look above finds who has it. The lowest claim counts, so that two workers that
    // run one deployment at once come to the same number.
  }
}

async function claim(claims: string, number: number, deploymentId: string): Promise<void> {
  const draft = path.join(claims, `.draft-${randomBytes(8).toString('hex')}`);
  try {
    await writeDurably(draft, deploymentId);
    await link(draft, path.join(claims, String(number)));
    await syncFolder(claims);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, {force: true});
  }
}

async function claimOf(
  claims: string,
  numbers: readonly number[],
  deploymentId: string,
  above: number,
): Promise<number | null> {
  for (const number of [...numbers].sort((a, b) => a - b)) {
    if (number > above && (await readFile(path.join(claims, String(number)), 'utf8')) === deploymentId) return number;
  }
  return null;
}

/** Whatever has a number for a name counts, be it a folder, a link or a file. */
async function numbersIn(dir: string): Promise<number[]> {
  return (await readdir(dir)).filter(name => NUMBER.test(name)).map(Number);
}
