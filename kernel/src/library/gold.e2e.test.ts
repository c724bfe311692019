import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {goldenTensors, replayGolden} from '@ingot/tensorflow/session';
import {loadSavedModel} from '@ingot/tensorflow';
import {parseGolden} from '@ingot/tensorflow/contract';
import ts from 'typescript';
import type {DeployableModel} from '../comm/protocol.js';

const NOTEBOOK = fileURLToPath(new URL('../../../notebooks/gold.ipynb', import.meta.url));
const realData = process.env['INGOT_DATA'] !== undefined;

interface Outcome {
  readonly models: readonly DeployableModel[];
  readonly simulation: Readonly<Record<string, number>>;
  readonly constant: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly staged: string;
}

/** The same draws in every run: a training that was unlucky says nothing of a change. */
const SEEDED = `{
  let state = 1;
  Math.random = () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff;
}`;

let folder: string;
let outcome: Outcome;

/** Runs the code of the notebook's cells as one program, in a process of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-gold-'));
  const notebook = JSON.parse(await readFile(NOTEBOOK, 'utf8')) as {cells: {cell_type: string; source: string[]}[]};
  const code = notebook.cells.filter(cell => cell.cell_type === 'code').map(cell => cell.source.join(''));
  code.push(`
    const registry = (globalThis as any)[Symbol.for('ingot.deployables')];
    const staged = await registry.stage('gold', {notebook: 'gold.ipynb', codeSha256: null, progress: () => undefined});
    const [simulation, constant] = ['historical simulation', 'constant volatility'].map(name => report.metrics(name));
    console.log(JSON.stringify({models: registry.list(), simulation, constant, seconds: run.seconds, staged}));
  `);
  const {outputText} = ts.transpileModule(code.join('\n'), {
    compilerOptions: {target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext},
  });
  // Beside this file, where Node finds the packages.
  const script = fileURLToPath(new URL(`./gold-${process.pid}.mjs`, import.meta.url));
  await writeFile(script, `${SEEDED}\n${outputText}`);
  try {
    const env = {
      ...process.env,
      INGOT_HOME: folder,
      INGOT_STAGING_DIR: join(folder, 'staging'),
      INGOT_LOGS_DIR: join(folder, 'logs'),
      NODE_OPTIONS: '',
    };
    const {stdout} = await promisify(execFile)(process.execPath, [script], {env, maxBuffer: 1 << 24});
    outcome = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Outcome;
  } finally {
    await rm(script);
  }
}, 300_000);
afterAll(() => rm(folder, {recursive: true, force: true}));

const figure = (name: string) => outcome.models[0]?.metrics[name] ?? NaN;

test('the notebook ends with a model to deploy, which says what its data was', () => {
  expect(outcome.models).toMatchObject([{name: 'gold', inputs: ['prices: float32 [?, 60]'], simulatedData: !realData}]);
  expect(outcome.models[0]?.title.includes('simulated')).toBe(!realData);
});

test('the served graph repeats what the notebook said of its own data', async () => {
  const dir = join(folder, 'staging', outcome.staged);
  const model = await loadSavedModel(dir);
  try {
    const golden = parseGolden(await readFile(join(dir, 'assets.extra/golden.json'), 'utf8'));
    expect((await replayGolden(model, goldenTensors(golden))).mismatches).toEqual([]);
  } finally {
    await model.dispose();
  }
});

// On the simulated path, and by the figures that were measured for peers in Python on the real one.
test.each([1, 7])('over %i steps the forecast is calibrated and no worse than its baselines', steps => {
  expect(figure(`relative_mae_${steps}`)).toBeLessThanOrEqual(1.01);
  expect(figure(`coverage_80_${steps}`)).toBeGreaterThanOrEqual(0.75);
  expect(figure(`coverage_80_${steps}`)).toBeLessThanOrEqual(0.85);
  expect(figure(`coverage_95_${steps}`)).toBeGreaterThanOrEqual(0.92);
  expect(figure(`coverage_95_${steps}`)).toBeLessThanOrEqual(0.97);
  expect(figure(`pinball_${steps}`)).toBeLessThanOrEqual(1.02 * (outcome.simulation[`pinball_${steps}`] ?? NaN));
  if (realData) expect(figure(`pinball_${steps}`)).toBeLessThan(outcome.constant[`pinball_${steps}`] ?? NaN);
});
