import {spawn} from 'node:child_process';
import {mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {install, installForTests} from '../install/install.js';
import {ROOT, readSettings} from '../settings.js';
import {createSteps} from '../terminal/steps.js';
import {findChromium} from './chromium.js';
import {summaryLine, type JestReport} from './summary.js';

/** `npm test [-- JEST ARGUMENTS]`: installs what the tests need, runs them, and ends with "N passed, N failed". */
export async function test(args: readonly string[]): Promise<number> {
  const steps = createSteps();
  const settings = readSettings(process.env);
  steps.line('\nInstalling what is missing');
  await install(settings, steps);
  await installForTests(settings, steps);
  const chromium = await steps.step('Chromium', detail => findChromium(detail));

  steps.line('\nTesting');
  const report = join(settings.home, 'run', 'jest.json');
  await mkdir(join(settings.home, 'run'), {recursive: true});
  const status = await runJest([`--json`, `--outputFile=${report}`, ...args], {
    CHROMIUM_PATH: chromium,
    INGOT_PYTHON: settings.python,
  });
  const found = JSON.parse(await readFile(report, 'utf8')) as JestReport;
  console.log(`\n${summaryLine(found)}`);
  return status;
}

function runJest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = spawn(process.execPath, [...flags, join(ROOT, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: ROOT,
    // Jest writes its report on stdout when asked for JSON; a person reads stderr.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {TF_CPP_MIN_LOG_LEVEL: '2', ...process.env, ...env},
  });
  return new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('exit', code => resolve(code ?? 1));
  });
}
