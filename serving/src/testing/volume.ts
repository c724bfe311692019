import {cp, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testModels} from './models.js';

/** Test models by what they answer for the input 2. */
export const HALF_PLUS = {
  3: 'saved_model_half_plus_two_cpu/00000123',
  4: 'saved_model_half_plus_three/00000123',
} as const;

/** A model volume of a test's own. */
export interface TestVolume {
  readonly root: string;
  /** Publishes as the deployer does: beside its place, then renamed. */
  publish(model: string, version: number, from: string, change?: (folder: string) => Promise<void>): Promise<void>;
  /** A file for --model_options_file beside the models. */
  readonly optionsFile: string;
  /** Writes into it what is said of models. */
  setOptions(models: object): Promise<void>;
  remove(): Promise<void>;
}

export async function testVolume(): Promise<TestVolume> {
  const models = await testModels();
  const root = await mkdtemp(join(tmpdir(), 'ingot-root-'));
  const optionsFile = join(root, 'options.json');
  return {
    root,
    optionsFile,
    setOptions: models => writeFile(optionsFile, JSON.stringify({models})),
    async publish(model, version, from, change) {
      const incoming = join(root, model, `.incoming-${version}`);
      await cp(join(models, from), incoming, {recursive: true});
      await change?.(incoming);
      await rename(incoming, join(root, model, String(version)));
    },
    remove: () => rm(root, {recursive: true, force: true}),
  };
}
