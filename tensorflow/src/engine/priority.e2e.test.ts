import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {HostTensor} from '../session/index.js';
import {writeModels} from '../session/testing/cases.js';
import {EngineProcess} from './index.js';

const it = process.platform === 'linux' ? test : test.skip;

/** Loads, and runs that nobody waits for, at once. */
const GIVING_WAY = 4;
const SMALL: {x: HostTensor} = {x: {dtype: 'float32', shape: [2, 2], data: new Float32Array(4)}};

/** By its name, how nice each thread of a process is: the nicer, the smaller its share. */
function niceness(pid: number): {name: string; nice: number}[] {
  return readdirSync(`/proc/${pid}/task`).map(thread => {
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name is in brackets, and may hold anything.
    const [, name = '', rest = ''] =
      /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')) ?? [];
    return {name, nice: Number(rest.split(' ')[16])};
  });
}

it('threads that load give way; those that answer, and the pools that loading made for them, do not, after swaps neither', async () => {
  const {dir} = await writeModels();
  const engine = await EngineProcess.start({runs: 2, graceMs: 3_600_000, longestRunMs: 3_600_000});
  try {
    const pid = engine.pid as number;
    const usual = niceness(process.pid).map(({nice}) => nice)[0] as number;
    const load = async () => {
      const model = await engine.load(join(dir, 'row'), {background: true, threads: 2});
      await model.run('serving_default', SMALL, {background: true});
      return model;
    };
    // All at once, so that several want the same pools made.
    for (const model of await Promise.all([load(), load(), load(), load()])) await model.dispose();
    const model = await load();
    await model.run('serving_default', SMALL);
    const threads = niceness(pid);
    const nicer = threads.filter(({nice}) => nice !== usual);
    expect(nicer.map(({nice}) => nice)).toEqual(Array(GIVING_WAY).fill(Math.min(19, usual + 5)));
    expect(nicer.filter(({name}) => name !== 'ingot-engine')).toEqual([]);
    expect(threads.map(({name}) => name)).toContain('tf_Compute');
  } finally {
    await engine.close();
  }
}, 120_000);
