import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {HostTensor} from '../session/index.js';
import {writeModels} from '../session/testing/cases.js';
import {EngineProcess} from './index.js';

const it = process.platform === 'linux' ? test : test.skip;

const AT_ONCE = 8;
const RUNS = 100;
const TRIES = 8;
/** Beside each large one: what counts as a rush must be one on a slow machine, too. */
const SMALL_RUNS = 20;
/** 8 MB: the C library keeps such pieces for the next run. */
const VALUES = 2 ** 21;

const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

it('memory that many runs have left behind is given back when they are over', async () => {
  const {dir} = await writeModels();
  const engine = await EngineProcess.start({runs: AT_ONCE, graceMs: 3_600_000, longestRunMs: 3_600_000});
  try {
    const pid = engine.pid as number;
    const model = await engine.load(join(dir, 'echo'), {});
    const tensor = (values: number): HostTensor => ({
      dtype: 'float32',
      shape: [1, values],
      data: new Float32Array(values).fill(1),
    });
    const [large, small] = [tensor(VALUES), tensor(1)];
    const before = residentMb(pid);
    const rush = async (runs: number, largeToo: boolean): Promise<void> => {
      let left = runs;
      const client = async (): Promise<void> => {
        while (left-- > 0) {
          if (largeToo) await model.run('float32', {x: large});
          for (let i = 0; i < SMALL_RUNS; i++) await model.run('float32', {x: small});
        }
      };
      await Promise.all(Array.from({length: AT_ONCE}, client));
    };
    const left = (): number => residentMb(pid) - before;
    let kept = 0;
    for (let i = 0; i < TRIES && kept <= 20; i++) {
      await rush(RUNS, true);
      kept = left();
    }
    expect(kept).toBeGreaterThan(20);
    for (let tries = 0; tries < TRIES && left() > kept / 2; tries++) {
      // A machine that has much else to do may have been too slow for a rush before.
      await rush(RUNS / 4, false);
      for (let i = 0; i < 60 && left() > kept / 2; i++) await sleep(200);
    }
    expect(left()).toBeLessThanOrEqual(kept / 2);
  } finally {
    await engine.close();
  }
}, 120_000);
