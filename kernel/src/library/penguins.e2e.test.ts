import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {goldenTensors, replayGolden} from '@ingot/tensorflow/session';
import {loadSavedModel} from '@ingot/tensorflow';
import {parseContract, parseGolden, parseLineage} from '@ingot/tensorflow/contract';
import {installKernelspec} from '../install/kernelspec.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PYTHON = process.env['INGOT_PYTHON'] ?? join(ROOT, '.ingot/python/bin/python');

/** Runs the notebook as `jupyter execute` does, and one more cell that stages its model. */
const EXECUTE = `
import nbformat, sys
from nbclient import NotebookClient
notebook = nbformat.read('penguins.ipynb', as_version=4)
notebook.cells.append(nbformat.v4.new_code_cell(sys.argv[2]))
NotebookClient(notebook, kernel_name='ingot', timeout=240).execute()
nbformat.write(notebook, sys.argv[1])
`;
const STAGE = `
const registry = (globalThis as any)[Symbol.for('ingot.deployables')];
const context = {notebook: 'penguins.ipynb', codeSha256: null, progress: () => undefined};
console.log(JSON.stringify({models: registry.list(), staged: await registry.stage('penguins', context)}));
`;

interface Cell {
  readonly id: string;
  readonly outputs?: readonly {
    readonly name?: string;
    readonly text?: string;
    readonly data?: Record<string, unknown>;
  }[];
}

let folder: string;
let cells: readonly Cell[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-penguins-'));
  installKernelspec({prefix: folder});
  await writeFile(join(folder, 'execute.py'), EXECUTE);
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    JUPYTER_PATH: join(folder, 'share/jupyter'),
    INGOT_HOME: folder,
    INGOT_STAGING_DIR: join(folder, 'staging'),
    INGOT_LOGS_DIR: join(folder, 'logs'),
  };
  const executed = join(folder, 'executed.ipynb');
  await promisify(execFile)(PYTHON, [join(folder, 'execute.py'), executed, STAGE], {cwd: join(ROOT, 'notebooks'), env});
  ({cells} = JSON.parse(await readFile(executed, 'utf8')) as {cells: Cell[]});
}, 300_000);
afterAll(() => rm(folder, {recursive: true, force: true}));

const outputs = (id: string) => cells.find(cell => cell.id === id)?.outputs ?? [];
const printed = (cell: Cell | undefined, name: string) =>
  (cell?.outputs ?? []).map(output => (output.name === name ? [output.text].flat().join('') : '')).join('');

test('the tutorial runs from top to bottom without a warning, and says what it left out', () => {
  expect(cells.map(cell => printed(cell, 'stderr')).join('')).toBe('');
  expect(JSON.stringify(outputs('data'))).toContain('2 of 344 rows were left out');
  expect(Object.keys(outputs('look')[0]?.data ?? {})).toContain('application/vnd.vegalite.v5+json');
  expect(JSON.stringify(outputs('deployable'))).toContain('Ready to deploy');
});

test('its model beats guessing by far, and is served as the notebook has it', async () => {
  const {models, staged} = JSON.parse(printed(cells.at(-1), 'stdout')) as {
    models: {metrics: Record<string, number>; inputs: string[]}[];
    staged: string;
  };
  expect(models[0]?.inputs[0]).toBe('bill_length_mm: float32 [?]');
  expect(models[0]?.metrics['accuracy']).toBeGreaterThan(0.9);
  expect(models[0]?.metrics['guessing']).toBeLessThan(0.5);
  const asset = (name: string) => readFile(join(folder, 'staging', staged, 'assets.extra', name), 'utf8');
  const lineage = parseLineage(await asset('lineage.json'));
  expect(lineage.data).toMatchObject([{name: 'penguins.csv', rows: 342, licence: 'CC0-1.0'}]);
  const contract = parseContract(await asset('contract.json'));
  expect(contract.example).toMatchObject({flipper_length_mm: expect.any(Number) as unknown});
  const model = await loadSavedModel(join(folder, 'staging', staged));
  try {
    expect((await replayGolden(model, goldenTensors(parseGolden(await asset('golden.json'))))).mismatches).toEqual([]);
  } finally {
    await model.dispose();
  }
});
