import {expect, test} from '@jest/globals';
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {installKernelspec} from './install/kernelspec.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHON = process.env['INGOT_PYTHON'] ?? path.join(ROOT, '.ingot/python/bin/python');

/** https://github.com/jupyter/jupyter_kernel_test, with something to say in each of its tests that a kernel can pass. */
const SUITE = `
import unittest
import jupyter_kernel_test

class IngotKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = 'ingot'
    language_name = 'typescript'
    file_extension = '.ts'
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {'text': 'consol', 'matches': {'console'}},
        {'text': '[1, 2].flat', 'matches': {'flat', 'flatMap'}},
    ]
    complete_code_samples = ['1', 'const f = (x: number) => x * 2', 'for (const x of [1]) {\\n}\\n', '\`a\\nb\`']
    incomplete_code_samples = ['function f() {', 'const a = [1,', '/* open', 'const s = \`open', 'f(']
    invalid_code_samples = ['const x = ;', 'let 5x', '}{']
    code_generate_error = 'throw new TypeError("boom")'
    code_execute_result = [{'code': '6*7', 'result': '42'}, {'code': '8-3', 'result': '5'}]
    code_display_data = [
        {'code': 'display.html("<b>x</b>")', 'mime': 'text/html'},
        {'code': 'display([{a: 1}])', 'mime': 'text/html'},
    ]
    code_history_pattern = '6?7'
    supported_history_operations = ('tail', 'range', 'search')
    code_inspect_sample = 'Math.max'
    code_clear_output = 'display.clear()'

if __name__ == '__main__':
    unittest.main()
`;

test('Jupyter Kernel Test passes whole', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ingot-conformance-'));
  try {
    installKernelspec({prefix: folder});
    const file = path.join(folder, 'suite.py');
    writeFileSync(file, SUITE);
    const env = {...process.env, JUPYTER_PATH: path.join(folder, 'share/jupyter'), NODE_OPTIONS: ''};
    const {stderr} = await run(PYTHON, [file], {cwd: folder, env});
    expect(stderr).toMatch(/\nOK( \(skipped=1\))?\s*$/);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}, 180_000);
