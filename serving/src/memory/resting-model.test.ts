import type {HostTensor, LoadedSavedModel} from '@ingot/tensorflow/session';
import {RestingModel} from './resting-model.js';
import {Room} from './room.js';

/** Models whose loads and runs end when the test says so: what is shown are moments that real ones pass through too fast. */
class Bench {
  readonly room = new Room(100);
  readonly loaded = new Set<string>();
  readonly runs: {readonly name: string; end(): void}[] = [];
  loads = 0;
  trouble: Error | null = null;

  async add(name: string, bytes = 60): Promise<RestingModel> {
    const load = async (): Promise<LoadedSavedModel> => {
      this.loads++;
      if (this.trouble !== null) throw this.trouble;
      this.loaded.add(name);
      return {
        signatures: {},
        signatureDefs: new Uint8Array(),
        run: () => new Promise<Record<string, HostTensor>>(resolve => this.runs.push({name, end: () => resolve({})})),
        dispose: async () => void this.loaded.delete(name),
      };
    };
    await this.room.reserve(bytes);
    return new RestingModel(await load(), bytes, this.room, load, {rested: () => undefined, woke: () => undefined});
  }

  async running(count: number): Promise<void> {
    while (this.runs.length < count) await new Promise(resolve => setImmediate(resolve));
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

test('a model that is being used is not unloaded under its request; the other comes once that is through', async () => {
  const a = await bench.add('a');
  const first = a.run('s', {});
  await bench.running(1);
  const adding = bench.add('b');
  await new Promise(resolve => setImmediate(resolve));
  // Asked for again while it is on its way out: it waits, and comes back after b.
  const second = a.run('s', {});
  await new Promise(resolve => setTimeout(resolve, 20));
  expect([...bench.loaded]).toEqual(['a']);
  bench.runs[0]?.end();
  await first;
  await adding;
  await bench.running(2);
  expect([...bench.loaded]).toEqual(['a']);
  bench.runs[1]?.end();
  expect(await second).toEqual({});
  expect(bench.room.used).toBe(60);
});

test('an idle model leaves before one that is being used, though it was used later', async () => {
  const a = await bench.add('a', 40);
  await bench.add('b', 40);
  const busy = a.run('s', {});
  await bench.running(1);
  await bench.add('c', 40);
  expect([...bench.loaded]).toEqual(['a', 'c']);
  bench.runs[0]?.end();
  await busy;
});

test('many requests for a model that rests load it once', async () => {
  const a = await bench.add('a');
  await bench.add('b');
  const asked = Array.from({length: 10}, () => a.run('s', {}));
  await bench.running(10);
  expect(bench.loads).toBe(3);
  bench.runs.forEach(({end}) => end());
  await Promise.all(asked);
});

test('a request gives up at its deadline, and a cancelled one at once, while the model is on its way', async () => {
  const a = await bench.add('a');
  const b = await bench.add('b');
  const holding = b.run('s', {});
  await bench.running(1);
  await expect(a.run('s', {}, {deadlineMs: 10})).rejects.toMatchObject({code: 'DEADLINE_EXCEEDED'});
  await expect(a.run('s', {}, {signal: AbortSignal.abort()})).rejects.toMatchObject({code: 'CANCELLED'});
  bench.runs[0]?.end();
  await holding;
});

test('a model that cannot come back says why, takes no room, and is not loaded again for every request', async () => {
  const a = await bench.add('a');
  await bench.add('b');
  bench.trouble = new Error('the disk is gone');
  await expect(a.run('s', {})).rejects.toMatchObject({code: 'UNAVAILABLE', message: expect.stringContaining('disk')});
  await expect(a.run('s', {})).rejects.toMatchObject({code: 'UNAVAILABLE'});
  expect(bench.loads).toBe(3);
  expect(bench.room.used).toBe(0);
});

test('a model that is larger than the budget is loaded when it is alone', async () => {
  await bench.add('a');
  await bench.add('huge', 500);
  expect([...bench.loaded]).toEqual(['huge']);
  await bench.add('a');
  expect([...bench.loaded]).toEqual(['a']);
});

test('what is disposed of gives its room back once, also while it rests', async () => {
  const a = await bench.add('a');
  const b = await bench.add('b');
  await Promise.all([a.dispose(), b.dispose(), b.dispose()]);
  expect(bench.room.used).toBe(0);
  await expect(a.run('s', {})).rejects.toMatchObject({code: 'UNAVAILABLE'});
});

test('what runs take beside the models makes idle ones leave, but for the last, and none that is being used', async () => {
  const a = await bench.add('a', 30);
  await bench.add('b', 30);
  await bench.add('c', 30);
  const busy = a.run('s', {});
  await bench.running(1);
  for (const bytes of [60, 500]) {
    bench.room.giveToOthers(bytes);
    await new Promise(resolve => setTimeout(resolve, 20));
    expect([...bench.loaded]).toEqual(['a']);
  }
  bench.runs[0]?.end();
  await busy;
  bench.room.giveToOthers(0);
  await bench.add('d', 60);
  expect([...bench.loaded]).toEqual(['a', 'd']);
});

test('who waited for a model to come back is answered before it leaves for another that is wanted as well', async () => {
  const [a, b] = [await bench.add('a'), await bench.add('b')];
  await bench.add('c');
  const asked = [a.run('s', {}), b.run('s', {})];
  for (const [i, name] of ['a', 'b'].entries()) {
    await bench.running(i + 1);
    expect(bench.runs[i]?.name).toBe(name);
    bench.runs[i]?.end();
  }
  await Promise.all(asked);
  expect(bench.loads).toBe(5);
});
