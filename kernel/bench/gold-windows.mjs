/**
 * Judges the gold notebook's model in three test windows of real prices, several trainings each, beside the naive forecast
 * and the statistical baselines: one lucky window proves nothing. Needs INGOT_DATA with the two tables of NBP.
 *
 *     INGOT_DATA=<folder> node kernel/bench/gold-windows.mjs [trainings]
 */
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import ts from 'typescript';

/** About 470 origins each; validation starts about 500 trading days before the test. */
const WINDOWS = [
  {name: '2022-12 to 2024-10', validation: '2020-12-15', test: '2022-12-15', last: '2024-11-06'},
  {name: '2018-01 to 2019-11', validation: '2016-01-15', test: '2018-01-15', last: '2019-12-04'},
  {name: '2014-01 to 2015-11', validation: '2012-01-16', test: '2014-01-15', last: '2015-12-04'},
];
const TABLES = ['gold/nbp-gold-pln-daily.csv', 'covariates/nbp-fx-daily.csv'];
const FIGURES = [
  'relative_mae_1',
  'relative_mae_7',
  'pinball_1',
  'pinball_7',
  'coverage_80_1',
  'coverage_80_7',
  'coverage_95_7',
];

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env.INGOT_DATA;
if (!data) throw new Error('Set INGOT_DATA to the folder with the real prices.');
const trainings = Number(process.argv[2] ?? 3);

const notebook = JSON.parse(await readFile(join(root, 'notebooks/gold.ipynb'), 'utf8'));
const code = notebook.cells.filter(cell => cell.cell_type === 'code').map(cell => cell.source.join(''));
const split = /validation: '[\d-]+', test: '[\d-]+'/;

async function runOnce(window, folder) {
  for (const table of TABLES) {
    const [header, ...rows] = (await readFile(join(data, table), 'utf8')).trim().split('\n');
    const kept = rows.filter(row => row.slice(0, 10) <= window.last);
    await mkdir(dirname(join(folder, table)), {recursive: true});
    await writeFile(join(folder, table), `${[header, ...kept].join('\n')}\n`);
  }
  const program = [
    ...code,
    'console.log(JSON.stringify({judged: report.judged.map(({name}) => [name, report.metrics(name)]), kept: run.keptEpoch, seconds: run.seconds, origins: report.origins}));',
  ];
  const source = program.join('\n').replace(split, `validation: '${window.validation}', test: '${window.test}'`);
  const {outputText} = ts.transpileModule(source, {compilerOptions: {target: 'ES2022', module: 'ESNext'}});
  const script = join(root, 'kernel/lib', `bench-${process.pid}.mjs`);
  await writeFile(script, outputText);
  try {
    const env = {...process.env, INGOT_DATA: folder, INGOT_HOME: folder, INGOT_LOGS_DIR: join(folder, 'logs')};
    const {stdout} = await promisify(execFile)(process.execPath, [script], {env, maxBuffer: 1 << 24});
    return JSON.parse(stdout.trim().split('\n').at(-1));
  } finally {
    await rm(script);
  }
}

const results = [];
for (const window of WINDOWS) {
  for (let training = 1; training <= trainings; training++) {
    const folder = await mkdtemp(join(tmpdir(), 'ingot-windows-'));
    try {
      results.push({window: window.name, training, ...(await runOnce(window, folder))});
    } finally {
      await rm(folder, {recursive: true});
    }
  }
}

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
const names = results[0].judged.map(([name]) => name);
console.log(['window', 'forecast', ...FIGURES].join(' | '));
for (const window of WINDOWS) {
  const runs = results.filter(result => result.window === window.name);
  for (const name of names) {
    const figure = key => {
      const values = runs
        .map(run => run.judged.find(([other]) => other === name)[1][key])
        .filter(value => value !== undefined);
      return values.length === 0 ? '' : mean(values).toFixed(3);
    };
    console.log([window.name, name, ...FIGURES.map(figure)].join(' | '));
  }
  console.log(
    `  ${runs[0].origins} origins; kept epochs ${runs.map(run => run.kept).join(', ')}; ${mean(runs.map(run => run.seconds)).toFixed(1)} s of training`,
  );
}
await mkdir(join(root, '.ingot/bench'), {recursive: true});
await writeFile(join(root, '.ingot/bench/gold-windows.json'), `${JSON.stringify(results, null, 2)}\n`);
