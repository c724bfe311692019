import {parseArgs} from 'node:util';
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {testModels} from '../testing/models.js';
import {configText} from './config-text.js';
import {runVectors} from './run.js';
import {wantedModels} from './served-models.js';
import {readVectors} from './vector.js';

const USAGE = `usage: vectors FILE [--models FOLDER]                          judge this code
       vectors FILE --url http://host:port [--grpc host:port]  send what can be sent to a server
       vectors FILE --config OUT [--models FOLDER]             write the --model_config_file of such a server
The cases ask models of FOLDER: \`models\` beside FILE if that is there, else those that the tests make.`;

/** One line for each case that fails, and how many passed. */
async function main(): Promise<void> {
  const text = {type: 'string'} as const;
  const options = {url: text, grpc: text, config: text, models: text};
  const {positionals, values} = parseArgs({allowPositionals: true, options});
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Error(USAGE);
  const file = resolve(name);
  const models = values.models === undefined ? await modelsFor(file) : resolve(values.models);
  if (values.config !== undefined) {
    await writeFile(values.config, configText(wantedModels(await readVectors(file), models)));
    return;
  }
  const doors = {url: values.url ?? null, grpc: values.grpc ?? null};
  if (doors.url !== null) await sayWhatIsMissing(file, doors.url);
  const results = await runVectors(file, {...doors, models});
  const failed = results.filter(({failure}) => failure !== null);
  for (const {id, failure} of failed) console.log(`${id}: ${failure}`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function modelsFor(file: string): Promise<string> {
  const beside = join(dirname(file), 'models');
  return existsSync(beside) ? beside : testModels();
}

/** Cases fail that ask for a model which the server has not: says so, and what to do, before they do. */
async function sayWhatIsMissing(file: string, url: string): Promise<void> {
  const wanted = wantedModels(await readVectors(file), '').map(({name}) => name);
  const ask = async (name: string): Promise<number> => (await fetch(`${url}/v1/models/${name}`)).status;
  const statuses = await Promise.all(wanted.map(ask)).catch((error: Error) => {
    throw new Error(`${url} does not answer: ${String(error.cause ?? error)}`);
  });
  const missing = wanted.filter((_, i) => statuses[i] !== 200);
  if (missing.length === 0) return;
  console.error(
    `${url} does not serve ${missing.join(', ')}: their cases fail. \`npm run vectors -- ${file} --config OUT\` writes the ` +
      '--model_config_file for it; TensorFlow Serving needs --allow_version_labels_for_unavailable_models beside it.',
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
