// A CSV file of 1,000,000 rows read by `ingot.dataset` and by pandas, alternately, each time in a process of its own: CPU time
// and peak memory. pandas is installed into .ingot/bench-peers. `node kernel/bench/read-files.mjs [--rounds=5] [--rows=1000000]`
import {execFile} from 'node:child_process';
import {createWriteStream, existsSync} from 'node:fs';
import {mkdir, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs, promisify} from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const HOME = process.env.INGOT_HOME ?? join(ROOT, '.ingot');
const {values} = parseArgs({
  options: {rounds: {type: 'string', default: '5'}, rows: {type: 'string', default: '1000000'}},
});

const OURS = `
  const {dataset} = await import(${JSON.stringify(join(ROOT, 'kernel/lib/library/data/index.js'))});
  const ready = process.cpuUsage();
  const memory = process.memoryUsage.rss();
  const table = await dataset(process.argv[1], {timeSeries: false});
  const {user, system} = process.cpuUsage(ready);
  const peak = process.resourceUsage().maxRSS * 1024 - memory;
  console.log(JSON.stringify({rows: table.rows, seconds: (user + system) / 1e6, megabytes: peak / 1e6}));
`;
const PANDAS = `
import json, os, resource, sys, time
import pandas
memory = int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGESIZE')
before = time.process_time()
table = pandas.read_csv(sys.argv[1], parse_dates=['day'])
seconds = time.process_time() - before
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - memory
print(json.dumps({'rows': len(table), 'seconds': seconds, 'megabytes': peak / 1e6}))
`;

/** A Python that has pandas. */
async function pandasPython() {
  const folder = join(HOME, 'bench-peers/pandas');
  const python = join(folder, 'bin/python');
  if (!existsSync(python)) {
    const uv = join(HOME, 'python/bin/uv');
    await run(uv, ['venv', '--python', join(HOME, 'python/bin/python'), folder]);
    await run(uv, ['pip', 'install', '--python', python, 'pandas==3.0.1']);
  }
  return python;
}

/** Days, prices, counts, texts with quotes now and then, and truth values: 44 MB for a million rows. */
async function writeCsv(path, rows) {
  const out = createWriteStream(path);
  const shops = ['Warszawa', 'Kraków', '"a ""b"", c"'];
  out.write('day,price,volume,shop,open\n');
  for (let row = 0; row < rows; row++) {
    const day = new Date(Date.UTC(1900, 0, 1 + Math.floor(row / 20))).toISOString().slice(0, 10);
    const price = (1000 + 100 * Math.sin(row)).toFixed(4);
    const line = `${day},${price},${(row * 7) % 100003},${shops[row % 3]},${row % 2 === 0}\n`;
    if (!out.write(line)) await new Promise(resolve => out.once('drain', resolve));
  }
  await new Promise(resolve => out.end(resolve));
}

const file = join(HOME, 'bench/rows.csv');
await mkdir(join(HOME, 'bench'), {recursive: true});
await writeCsv(file, Number(values.rows));
const python = await pandasPython();
const readers = {
  ingot: [process.execPath, ['--input-type=module', '--eval', OURS, file]],
  pandas: [python, ['-c', PANDAS, file]],
};
const figures = {ingot: [], pandas: []};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, [program, args]] of Object.entries(readers)) {
    const {stdout} = await run(program, args, {env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '3'}});
    figures[name].push(JSON.parse(stdout.trim().split('\n').at(-1)));
  }
}
const median = list => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const results = Object.entries(figures).map(([name, list]) => ({
  name,
  seconds: median(list.map(each => each.seconds)),
  megabytes: median(list.map(each => each.megabytes)),
}));
const [ours, pandas] = results;
console.log(
  `${values.rows} rows, ${((await stat(file)).size / 1e6).toFixed(0)} MB of CSV; CPU seconds, peak MB above the start`,
);
for (const {name, seconds, megabytes} of results) {
  const ratios = `${(seconds / pandas.seconds).toFixed(2)} x, ${(megabytes / pandas.megabytes).toFixed(2)} x of pandas`;
  console.log(
    `${name.padEnd(8)} ${seconds.toFixed(2).padStart(6)} s ${megabytes.toFixed(0).padStart(6)} MB   ${ratios}`,
  );
}
const ratio = {seconds: ours.seconds / pandas.seconds, megabytes: ours.megabytes / pandas.megabytes};
await writeFile(join(HOME, 'bench/read-files.json'), `${JSON.stringify({results, ratio}, null, 2)}\n`);
await rm(file);
