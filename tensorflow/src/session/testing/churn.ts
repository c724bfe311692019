/**
 * Loads, runs and unloads a SavedModel again and again in a process of its own: node churn.js DIR TIMES
 * Prints the resident memory in bytes after a quarter of the rounds and at the end.
 */
import {loadSavedModel, type HostTensor} from '../index.js';

const [dir = '', times = '200'] = process.argv.slice(2);
const x: HostTensor = {dtype: 'float32', shape: [100, 2000], data: new Float32Array(200_000)};

async function rounds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const model = await loadSavedModel(dir);
    await Promise.all([1, 2].map(() => model.run('serving_default', {x})));
    await model.dispose();
  }
  global.gc?.();
}

await rounds(Number(times) / 4);
const before = process.memoryUsage.rss();
await rounds((Number(times) * 3) / 4);
console.log(JSON.stringify({before, after: process.memoryUsage.rss()}));
