import {jest} from '@jest/globals';
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {ROOT} from '../settings.js';
import {isFree} from '../supervise/ports.js';
import {runProgram} from '../terminal/run-program.js';
import {ownEnvironment} from './own-environment.js';

jest.setTimeout(600_000);

test('npm run gold goes from the notebook to a forecast over REST, and leaves nothing running', async () => {
  const {home, ports, env} = await ownEnvironment();
  try {
    const output = await runProgram('npm', ['run', 'gold'], {cwd: ROOT, env});
    expect(output).toContain('Version 1 of gold is live');
    const rows = output.split('\n').filter(line => /^ +[1-7]( +\d+\.\d\d){10}$/.test(line));
    expect(rows).toHaveLength(7);
    expect(output).toMatch(/ s {2}Deploying/);

    const plot = join(home, 'gold', 'forecast.svg');
    expect(output).toContain(plot);
    expect(readFileSync(plot, 'utf8')).toContain('<svg');
    expect(existsSync(join(home, 'gold', 'gold.ipynb'))).toBe(true);
    for (const port of ports) expect([port, await isFree(port, '127.0.0.1')]).toEqual([port, true]);
  } finally {
    rmSync(home, {recursive: true, force: true});
  }
});
