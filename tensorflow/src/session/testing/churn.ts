/**
 * Loads, runs and unloads a SavedModel again and again in a process of its own: node churn.js DIR TIMES
 * Prints the resident memory in bytes after a quarter of the rounds, at the end, and after eight more that were loaded at
 * once and unloaded.
 */
import {loadSavedModel, type HostTensor} from '../index.js';

const [dir = '', times = '200'] = process.argv.slice(2);
const x: HostTensor = {dtype: 'float32', shape: [100, 2000], data: new Float32Array(200_000)};

async function rounds(count: number, atOnce = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    const models = await Promise.all(Array.from({length: atOnce}, () => loadSavedModel(dir)));
    await Promise.all(models.flatMap(model => [1, 2].map(() => model.run('serving_default', {x}))));
    await Promise.all(models.map(model => model.dispose()));
  }
  global.gc?.();
}

await rounds(Number(times) / 4);
const before = process.memoryUsage.rss();
await rounds((Number(times) * 3) / 4);
const after = process.memoryUsage.rss();
await rounds(1, 8);
console.log(JSON.stringify({before, after, afterMany: process.memoryUsage.rss()}));
