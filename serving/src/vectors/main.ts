import {parseArgs} from 'node:util';
import {resolve} from 'node:path';
import {runVectors} from './run.js';

/** `vectors FILE [--url http://host:port]`: one line for each case that fails, and how many passed. */
async function main(): Promise<void> {
  const {positionals, values} = parseArgs({allowPositionals: true, options: {url: {type: 'string'}}});
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new Error('usage: vectors FILE [--url http://host:port]');
  }
  const results = await runVectors(resolve(file), {url: values.url ?? null});
  const failed = results.filter(({failure}) => failure !== null);
  for (const {id, failure} of failed) console.log(`${id}: ${failure}`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
