/** A worker thread that ends in the middle of a run: node worker.js DIR. Prints what the main thread computes afterwards. */
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {loadSavedModel, type HostTensor} from '../index.js';

const dir = isMainThread ? (process.argv[2] ?? '') : (workerData as string);
const model = await loadSavedModel(dir);
const run = (steps: number) => {
  const tensor: HostTensor = {dtype: 'int32', shape: [], data: Int32Array.of(steps)};
  return model.run('serving_default', {steps: tensor});
};

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), {workerData: dir});
  await new Promise(resolve => worker.once('message', resolve));
  await worker.terminate();
  console.log(String((await run(1))['sum']?.data[0]));
  await model.dispose();
} else {
  await run(1);
  // Hours of matrix products.
  void run(2 ** 31 - 1);
  parentPort?.postMessage('running');
}
