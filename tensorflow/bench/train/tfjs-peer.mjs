/**
 * tfjs-node as it comes from npm, in a process where nothing of ours is loaded. For each line with a model's name, trains
 * it for an epoch and answers with its wall-clock and processor milliseconds per step.
 */
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';
import util from 'node:util';
import {compiledModel, epochOf} from './models.mjs';

// tfjs-node 4.22 calls functions that Node 23 removed.
util.isNullOrUndefined ??= value => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');
const steps = Number(process.argv[2]);

const epochs = {};
for await (const name of createInterface({input: process.stdin})) {
  epochs[name] ??= epochOf(tf, compiledModel(tf, name), name, steps);
  const {wall, cpu} = await epochs[name]();
  console.log(wall, cpu);
}
