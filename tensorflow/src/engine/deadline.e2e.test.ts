import {join} from 'node:path';
import type {HostTensor} from '../session/index.js';
import {writeModels} from '../session/testing/cases.js';
import {STOPS_BETWEEN_OPS} from '../session/testing/stops.js';
import {EngineProcess} from './index.js';

const it = STOPS_BETWEEN_OPS ? test : test.skip;

const square = (size: number): {x: HostTensor} => ({
  x: {dtype: 'float32', shape: [size, size], data: new Float32Array(size * size)},
});

it('a run past its deadline computes no more: the only channel of an engine is free for the next one', async () => {
  const {dir} = await writeModels();
  const engine = await EngineProcess.start({runs: 1, graceMs: 3_600_000, longestRunMs: 3_600_000});
  try {
    const model = await engine.load(join(dir, 'row'), {});
    await model.run('serving_default', square(1));
    // Minutes of products in a row.
    const long = model.run('serving_default', square(3000), {deadlineMs: 100});
    await expect(long).rejects.toMatchObject({code: 'DEADLINE_EXCEEDED'});
    expect((await model.run('serving_default', square(2)))['y']?.data).toEqual(new Float32Array(4));
  } finally {
    await engine.close();
  }
}, 120_000);

it('a run that is aborted computes no more, whenever that happens, and the next one on its channel is not taken for it', async () => {
  const {dir} = await writeModels();
  const engine = await EngineProcess.start({runs: 1, graceMs: 3_600_000, longestRunMs: 3_600_000});
  try {
    const model = await engine.load(join(dir, 'row'), {});
    await model.run('serving_default', square(1));
    for (const ms of [0, 1, 5, 100]) {
      const client = new AbortController();
      const long = model.run('serving_default', square(3000), {signal: client.signal});
      setTimeout(() => client.abort(), ms);
      await expect(long).rejects.toMatchObject({code: 'CANCELLED'});
      expect((await model.run('serving_default', square(2)))['y']?.data).toEqual(new Float32Array(4));
    }
  } finally {
    await engine.close();
  }
}, 120_000);
