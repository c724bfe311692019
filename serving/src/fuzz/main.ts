import {parseArgs} from 'node:util';
import {fuzz} from './run.js';

/** `fuzz [--inputs N] [--seed S]`: N broken inputs, by default 120,000, spread over the doors. */
async function main(): Promise<void> {
  const {values} = parseArgs({options: {inputs: {type: 'string'}, seed: {type: 'string'}}});
  const inputs = Number(values.inputs ?? 120_000);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(inputs) || inputs < 100 || !Number.isSafeInteger(seed)) {
    throw new Error('usage: fuzz [--inputs N] [--seed S], whole numbers, N at least 100');
  }
  console.log(`seed ${seed}`);
  const share = (part: number): number => Math.ceil(inputs * part);
  const say = (text: string): void => console.log(text);
  const parts = {numbers: share(0.25), scanner: share(0.35), rest: share(0.25), grpc: share(0.15)};
  await fuzz({...parts, connections: 50, huge: true, schemathesis: 50, seed, say});
  console.log('no crash, no hang, no wrong answer');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
