import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {installKernelspec} from './install/kernelspec.js';

/** Notebooks run without a person by nbclient, as `jupyter nbconvert --execute`, `jupyter execute` and CI do. */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHON = process.env['INGOT_PYTHON'] ?? path.join(ROOT, '.ingot/python/bin/python');

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string;
  readonly ename?: string;
  readonly evalue?: string;
  readonly data?: Readonly<Record<string, string>>;
}

interface Run {
  readonly raised: string | null;
  readonly cells: readonly (readonly Output[])[];
}

const SCRIPT = `
import asyncio, json, sys
import nbformat
from nbclient import NotebookClient

async def run(notebook):
    cells = [nbformat.v4.new_code_cell(c['code'], metadata={'tags': c.get('tags', [])}) for c in notebook['cells']]
    book = nbformat.v4.new_notebook(cells=cells)
    options = {'timeout': 120, **notebook.get('options', {})}
    raised = None
    try:
        await NotebookClient(book, kernel_name='ingot', **options).async_execute()
    except Exception as error:
        raised = type(error).__name__ + ': ' + str(error)
    return {'raised': raised, 'cells': [cell.outputs for cell in book.cells]}

async def main():
    return await asyncio.gather(*[run(each) for each in json.load(sys.stdin)])

print(json.dumps(asyncio.run(main())))
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ingot-nbclient-'));
  installKernelspec({prefix: folder});
  writeFileSync(path.join(folder, 'run.py'), SCRIPT);
});

afterAll(() => rmSync(folder, {recursive: true, force: true}));

interface Notebook {
  readonly cells: readonly {readonly code: string; readonly tags?: readonly string[]}[];
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Runs all side by side, each on a kernel of its own. */
async function execute(notebooks: readonly Notebook[]): Promise<Run[]> {
  const env = {...process.env, JUPYTER_PATH: path.join(folder, 'share/jupyter'), NODE_OPTIONS: ''};
  const running = run(PYTHON, [path.join(folder, 'run.py')], {cwd: folder, env, maxBuffer: 2 ** 26});
  running.child.stdin?.end(JSON.stringify(notebooks));
  const runs = JSON.parse((await running).stdout) as Run[];
  expect(runs).toHaveLength(notebooks.length);
  return runs;
}

test('kernels side by side keep their outputs, errors and interrupts to themselves', async () => {
  const [good, failed, allowed, tagged, endless, asking] = (await execute([
    {cells: [{code: "const metal: string = 'gold'; console.log(metal)"}, {code: 'display([{metal}]); metal.length'}]},
    {cells: [{code: "throw new RangeError('no gold')"}, {code: "console.log('never')"}]},
    {cells: [{code: "throw new RangeError('no gold')"}, {code: '1 + 1'}], options: {allow_errors: true}},
    {cells: [{code: "throw new Error('meant')", tags: ['raises-exception']}, {code: '2 + 2'}]},
    {
      cells: [{code: 'let kept = 1; while (true) kept++'}, {code: 'kept > 1'}],
      options: {timeout: 5, interrupt_on_timeout: true, allow_errors: true},
    },
    {cells: [{code: "prompt('Which metal?')"}]},
  ])) as [Run, Run, Run, Run, Run, Run];

  expect(good.raised).toBeNull();
  expect(good.cells[0]).toEqual([{output_type: 'stream', name: 'stdout', text: 'gold\n'}]);
  expect(good.cells[1]?.[0]?.data?.['text/html']).toContain('<td style="text-align:left">gold</td>');
  expect(good.cells[1]?.[1]).toMatchObject({output_type: 'execute_result', data: {'text/plain': '4'}});

  expect(failed.raised).toMatch(/^CellExecutionError: [^]*RangeError[^]*no gold/);
  expect(failed.cells).toMatchObject([[{output_type: 'error', ename: 'RangeError', evalue: 'no gold'}], []]);
  expect(allowed).toMatchObject({raised: null, cells: [[{ename: 'RangeError'}], [{data: {'text/plain': '2'}}]]});
  expect(tagged).toMatchObject({raised: null, cells: [[{ename: 'Error'}], [{data: {'text/plain': '4'}}]]});

  expect(endless.raised).toBeNull();
  expect(endless.cells).toMatchObject([[{ename: 'KeyboardInterrupt'}], [{data: {'text/plain': 'true'}}]]);

  expect(asking.raised).toMatch(/this front end takes no input\. Set the value in the cell\./);
}, 240_000);

test('jupyter nbconvert --execute writes a notebook with its outputs', async () => {
  const cells = [{cell_type: 'code', id: 'a', execution_count: null, metadata: {}, outputs: [], source: '6 * 7'}];
  const kernelspec = {display_name: 'TypeScript (Ingot)', language: 'typescript', name: 'ingot'};
  const file = path.join(folder, 'answer.ipynb');
  writeFileSync(file, JSON.stringify({cells, metadata: {kernelspec}, nbformat: 4, nbformat_minor: 5}));
  const env = {...process.env, JUPYTER_PATH: path.join(folder, 'share/jupyter'), NODE_OPTIONS: ''};
  const args = ['-m', 'jupyter', 'nbconvert', '--to', 'markdown', '--stdout', '--execute', file];
  const {stdout} = await run(PYTHON, args, {cwd: folder, env});
  expect(stdout).toMatch(/```typescript\n6 \* 7\n```\s+42/);
}, 120_000);
