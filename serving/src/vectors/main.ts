import {parseArgs} from 'node:util';
import {resolve} from 'node:path';
import {configText} from './config-text.js';
import {modelsBeside, runVectors} from './run.js';
import {wantedModels} from './served-models.js';
import {readVectors} from './vector.js';

const USAGE = `usage: vectors FILE                                     judge this code
       vectors FILE --url http://host:port [--grpc host:port]   send what can be sent to a server
       vectors FILE --config                            print the --model_config_file of such a server`;

/** One line for each case that fails, and how many passed. */
async function main(): Promise<void> {
  const options = {url: {type: 'string'}, grpc: {type: 'string'}, config: {type: 'boolean'}} as const;
  const {positionals, values} = parseArgs({allowPositionals: true, options});
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Error(USAGE);
  const file = resolve(name);
  if (values.config === true) {
    process.stdout.write(configText(wantedModels(await readVectors(file), modelsBeside(file))));
    return;
  }
  const doors = {url: values.url ?? null, grpc: values.grpc ?? null};
  if (doors.url !== null) await sayWhatIsMissing(file, doors.url);
  const results = await runVectors(file, doors);
  const failed = results.filter(({failure}) => failure !== null);
  for (const {id, failure} of failed) console.log(`${id}: ${failure}`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** Cases fail that ask for a model which the server has not: says so, and what to do, before they do. */
async function sayWhatIsMissing(file: string, url: string): Promise<void> {
  const wanted = wantedModels(await readVectors(file), modelsBeside(file)).map(({name}) => name);
  const ask = async (name: string): Promise<number> => (await fetch(`${url}/v1/models/${name}`)).status;
  const statuses = await Promise.all(wanted.map(ask)).catch((error: Error) => {
    throw new Error(`${url} does not answer: ${String(error.cause ?? error)}`);
  });
  const missing = wanted.filter((_, i) => statuses[i] !== 200);
  if (missing.length === 0) return;
  console.error(
    `${url} does not serve ${missing.join(', ')}: their cases fail. \`npm run -s vectors -- ${file} --config\` prints the ` +
      '--model_config_file for it; TensorFlow Serving needs --allow_version_labels_for_unavailable_models beside it.',
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
