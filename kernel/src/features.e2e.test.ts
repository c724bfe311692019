import {afterAll, beforeAll, describe, expect, test} from '@jest/globals';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {TestKernel} from './testing/client.js';
import type {Content} from './wire/message.js';

let kernel: TestKernel;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ingot-features-'));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write(
    'shapes.ts',
    "import {scale} from './scale.js';\nexport interface Shape {side: number}\nexport const area = (shape: Shape) => scale * shape.side ** 2;\n",
  );
  write('scale.ts', 'export const scale: number = 1;\n');
  write('later.mts', 'export const late = await Promise.resolve(7);\n');
  write('prices.json', '{"gold": [1, 2]}\n');
  mkdirSync(path.join(folder, 'node_modules/assay-office'), {recursive: true});
  write('old.cjs', 'module.exports = function old() { return "cjs"; };\n');
  write('broken.ts', 'export const x: number = 1;\n\nthrow new Error("in a file");\n');
  kernel = await TestKernel.start({folder});
});

afterAll(async () => {
  await kernel.stop();
  rmSync(folder, {recursive: true, force: true});
});

/** Cells, in order; the last one's result. */
const FEATURES: readonly (readonly [feature: string, cells: readonly string[], result: string])[] = [
  ['a const is declared again with another type', ['const again = 1', "const again = 'two'", 'again'], "'two'"],
  ['a class is declared again', ['class Again {}', 'class Again { x = 1 }', 'new Again().x'], '1'],
  ['an interface of one cell types another', ['interface Point {x: number}', 'const p: Point = {x: 3}; p.x'], '3'],
  [
    'a variable is assigned in a later cell',
    ['let count = 1; function bump() { count++; }', 'count = 5; bump(); count'],
    '6',
  ],
  [
    'a function calls one of a later cell',
    ['const early = () => lateOne()', 'function lateOne() { return 9 }', 'early()'],
    '9',
  ],
  ['a name of the runtime is used for something else', ['const performance = 12', 'performance + 1'], '13'],
  [
    "a cell that loads TensorFlow.js first does not take a GPU's whole memory",
    ["process.env['TF_FORCE_GPU_ALLOW_GROWTH']"],
    "'true'",
  ],
  [
    'models of tfjs train as graphs, which call a loss of the user to be made, not in every step',
    [
      "import * as tf from '@tensorflow/tfjs-node'\nlet calls = 0;",
      'const graphModel = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [1]})]});\n' +
        "graphModel.compile({optimizer: 'sgd', loss: (a, b) => (calls++, a.sub(b).square().mean())});\n" +
        'await graphModel.fit(tf.ones([10, 1]), tf.ones([10, 1]), {batchSize: 1, epochs: 2, verbose: 0}); calls',
    ],
    '2',
  ],
  ['await of what stands in brackets', ['await (await Promise.resolve([7]))[0]'], '7'],
  ['await at the top level', ['const awaited = await Promise.resolve(4)', 'awaited'], '4'],
  [
    'for await at the top level',
    ['const seen: number[] = []; for await (const n of [1, 2]) { seen.push(n) }', 'seen.length'],
    '2',
  ],
  ['export const', ['export const exported = 8', 'exported'], '8'],
  ['export default of an expression is the result', ['export default 3 * 3'], '9'],
  ['destructuring with types', ['const {a, b: [c]}: {a: number; b: number[]} = {a: 1, b: [2]}', 'a + c'], '3'],
  ['enum', ['enum Metal { Gold = 79, Silver = 47 }', 'Metal[79]'], "'Gold'"],
  ['namespace', ['namespace Units { export const ounce = 31.1 }', 'Units.ounce'], '31.1'],
  ['generic function', ['function first<T>(all: T[]): T { return all[0] }', "first(['g'])"], "'g'"],
  ['generator', ['function* three() { yield* [1, 2, 3] }', '[...three()].length'], '3'],
  ['satisfies and as const', ["const conf = {unit: 'usd'} as const satisfies {unit: string}", 'conf.unit'], "'usd'"],
  ['optional chaining and nullish', ['const maybe: {x?: {y: number}} = {}', 'maybe.x?.y ?? 5'], '5'],
  ['bigint', ['2n ** 64n'], '18446744073709551616n'],
  [
    'using',
    ['const freed: string[] = []', "{ using r = {[Symbol.dispose]() { freed.push('r') }} }", 'freed[0]'],
    "'r'",
  ],
  [
    'a class decorator',
    [
      'function twice(target: any, context: ClassDecoratorContext) { target.marked = context.kind }',
      '@twice class Marked {}',
      '(Marked as any).marked',
    ],
    "'class'",
  ],
  [
    'JSX by a factory called React',
    [
      'const React = {createElement: (tag: any, props: any, ...kids: any[]) => `${tag}:${kids.join()}`}',
      '(<b>gold</b>) as any',
    ],
    "'b:gold'",
  ],
  ['arrow functions with type parameters are not JSX', ['const id = <T,>(x: T): T => x', 'id(1) < 2'], 'true'],
  ['import of a built-in', ["import {basename} from 'node:path'", "basename('/a/b')"], "'b'"],
  ['import of a CommonJS package', ["import semver from 'semver'", "semver.major('3.2.1')"], '3'],
  ['import of an ES module package', ["import {Type} from 'typebox'", 'typeof Type.Object'], "'function'"],
  [
    'import type is dropped',
    ["import type {Stats} from 'node:fs'", "import {type Dirent, existsSync} from 'node:fs'; typeof existsSync"],
    "'function'",
  ],
  ['import = require', ["import os = require('node:os')", 'typeof os.cpus'], "'function'"],
  ['require', ["const cjs = require('./old.cjs')", 'cjs()'], "'cjs'"],
  [
    'import of a TypeScript file and what it imports',
    ["import {area, type Shape} from './shapes'", 'area({side: 3})'],
    '9',
  ],
  ['import of a file with await at its top level', ["import {late} from './later.mts'", 'late'], '7'],
  ['import of JSON', ["import prices from './prices.json'", 'prices.gold[1]'], '2'],
  ['dynamic import of a TypeScript file', ["(await import('./scale.ts')).scale"], '1'],
  ['import.meta', ['import.meta.dirname === __dirname && import.meta.url.startsWith("file:")'], 'true'],
  ['labels, typeof of an unknown name', ['out: for (;;) { break out }', 'typeof nobodyKnows'], "'undefined'"],
  ['shorthand properties of earlier cells', ['const gold = 1', 'const both = {gold}; both.gold'], '1'],
];

describe('a feature of TypeScript in cells', () => {
  test.each(FEATURES)('%s', async (_, cells, result) => {
    let last;
    for (const cell of cells) {
      last = await kernel.execute(cell);
      expect(last.reply).toMatchObject({status: 'ok'});
    }
    expect(last?.text).toBe(result);
  });
});

test('a changed file is seen by the next import, through files that did not change', async () => {
  await kernel.execute("import {area as before} from './shapes'");
  writeFileSync(path.join(folder, 'scale.ts'), 'export const scale: number = 10; // changed\n');
  await kernel.execute("import {area as after} from './shapes'");
  expect((await kernel.execute('[before({side: 1}), after({side: 1})]')).text).toBe('[ 1, 10 ]');
});

test('an error in an imported file names the file and its TypeScript line', async () => {
  const {reply} = await kernel.execute("import './broken'");
  expect(reply).toMatchObject({status: 'error', ename: 'Error', evalue: 'in a file'});
  expect(String(reply['traceback'])).toContain('broken.ts:3:7');
});

test('an error names the line of the cell as it was typed, and no file of the kernel', async () => {
  const {reply} = await kernel.execute(
    'interface Long {\n  a: number;\n}\nfunction fail(x: Long): void {\n  throw new RangeError(`${x.a}`);\n}\nfail({a: 4})',
  );
  expect(reply).toMatchObject({status: 'error', ename: 'RangeError', evalue: '4'});
  const traceback = String(reply['traceback']);
  expect(traceback).toMatch(/> 5 \| {3}throw new RangeError/);
  expect(traceback).toMatch(/cell\[\d+\]\.ts:7:1/);
  expect(traceback).not.toMatch(/executor|node:internal/);
});

test('a stack that code prints has the lines of the TypeScript and no frame of the kernel', async () => {
  const cell = 'interface Long {\n  a: number;\n}\nconst x: Long = {a: 1};\nconsole.log(new Error(`${x.a}`).stack)';
  const {stdout} = await kernel.execute(cell);
  expect(stdout).toMatch(/^Error: 1\n {4}at [^\n]*cell\[\d+\]\.ts:5:13\n$/);
});

test('an error of a class of the notebook is called by its class', async () => {
  const {reply} = await kernel.execute('class NoGoldError extends Error {}; throw new NoGoldError()');
  expect(reply).toMatchObject({ename: 'NoGoldError'});
});

test('a recursion without end is told in a few lines', async () => {
  const {reply} = await kernel.execute('function f(): number {\n  return f() + 1;\n}\nf()');
  expect(reply).toMatchObject({ename: 'RangeError'});
  expect(String((reply['traceback'] as string[]).join('\n')).split('\n').length).toBeLessThan(12);
});

test('a syntax error shows the place and runs nothing', async () => {
  const {reply} = await kernel.execute('console.log(1);\nconst x = ;');
  expect(reply).toMatchObject({status: 'error', ename: 'SyntaxError'});
  expect(String(reply['evalue'])).toMatch(/Expression expected.*:2:11/);
});

test('a name that nobody declared stops the cell before it starts', async () => {
  const {reply, stdout} = await kernel.execute('console.log("started"); misspelt.length');
  expect(reply).toMatchObject({status: 'error', ename: 'ReferenceError'});
  expect(stdout).toBe('');
});

test('what a failed cell had declared stays, and what it never reached keeps its old value', async () => {
  await kernel.execute('const kept = "old"');
  await kernel.execute('let reached = 5; throw new Error("stop"); const kept = "new"');
  expect((await kernel.execute('[reached, kept]')).text).toBe("[ 5, 'old' ]");
});

test('a type error is a warning: the cell runs', async () => {
  await kernel.request('complete_request', {code: 'Math.', cursor_pos: 5});
  const warned = kernel.next('stream');
  const {reply, text} = await kernel.execute('const wrong: string = 42; wrong');
  expect(reply).toMatchObject({status: 'ok'});
  expect(text).toBe('42');
  expect((await warned).content['text']).toMatch(/TS2322: Type 'number' is not assignable to type 'string'/);
});

test('a missing package is named with the command that installs it, and is there once installed', async () => {
  const cell = "import {ounces} from 'made-up-metals'; ounces";
  const {reply} = await kernel.execute(cell);
  expect(reply).toMatchObject({status: 'error'});
  expect(reply['evalue']).toContain(`There is no package 'made-up-metals' for ${folder}.`);
  expect(reply['evalue']).toContain('npm install made-up-metals');
  const home = path.join(folder, 'node_modules/made-up-metals');
  mkdirSync(home, {recursive: true});
  writeFileSync(
    path.join(home, 'package.json'),
    '{"name": "made-up-metals", "type": "module", "exports": "./main.js"}',
  );
  writeFileSync(path.join(home, 'main.js'), 'export const ounces = 31;');
  expect((await kernel.execute(cell)).text).toBe('31');
});

describe('completion', () => {
  const complete = async (code: string) => {
    const {matches, cursor_start: start} = await kernel.request('complete_request', {code, cursor_pos: code.length});
    return {matches: matches as string[], start};
  };
  const inspect = async (code: string) => {
    const request = {code, cursor_pos: code.length, detail_level: 0};
    return (await kernel.request('inspect_request', request))['data'] as Record<string, string>;
  };

  test('knows the types of the packages that come with the kernel, where the folder has none', async () => {
    await kernel.execute("import * as ingot from 'ingot'\nimport * as tf from '@tensorflow/tfjs-node'");
    expect((await complete('ingot.')).matches).toEqual(expect.arrayContaining(['dataset', 'train', 'deployable']));
    expect((await complete('tf.layers.den')).matches).toEqual(['dense']);
    expect((await complete('tf.layers.dense({unit')).matches).toContain('units');
    const inspected = await inspect('tf.layers.dense');
    expect(inspected['text/plain']).toMatch(
      /args: DenseLayerArgs\): Dense\n\nCreates a dense \(fully connected\) layer/,
    );
    expect((await inspect('tf.tensor1d'))['text/plain']).toMatch(/^function tensor1d\(values[^\n]*\n\nCreates rank-1/);
  });

  test('says what a name is, also when it was exported by another package', async () => {
    const {metadata} = await kernel.request('complete_request', {code: 'tf.tensor', cursor_pos: 9});
    const types = (metadata as {_jupyter_types_experimental: Content[]})._jupyter_types_experimental;
    expect(types).toEqual(expect.arrayContaining([expect.objectContaining({text: 'tensor1d', type: 'function'})]));
  });

  test.each([
    ["import * as tf from '@tens", '@tensorflow/tfjs-node', 21],
    ["const fs = await import('node:fs", 'node:fs', 25],
    ["import x from 'assay", 'assay-office', 15],
    ["import {} from './", 'shapes.js', 18],
    ["import {} from './sha", 'shapes.js', 18],
  ])('names what can be imported: %s', async (code, match, start) => {
    const completed = await complete(code);
    expect(completed.matches).toContain(match);
    expect(completed.start).toBe(start);
  });

  test('says nothing about a number', async () => {
    expect((await complete('const a = 1')).matches).toEqual([]);
  });
});
