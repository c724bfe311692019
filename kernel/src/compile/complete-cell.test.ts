import {expect, test} from '@jest/globals';
import {isCompleteCell} from './complete-cell.js';

test.each([
  'const x =',
  'const x',
  'const',
  'export const',
  'const {gold}',
  'let x:',
  'x.',
  'foo(1,',
  'a ? b :',
  'a ??',
  'const f = (x: number) =>',
  'await',
  'async',
  'throw',
  'new',
  'function f()',
  'function f() {\n  return 1',
  'class Metal',
  'class Metal extends',
  'interface Price {',
  'type T =',
  'for (;;)',
  'if (x) {\n} else',
  'try {\n}',
  'switch (x) { case 1:',
  'import',
  'export',
  'import {a}',
  'import * as',
  '@decorated class',
  '`a ${',
  '/* open',
  '<div>',
])('a console lets the person go on typing after %j', source => {
  expect(isCompleteCell(source).status).toBe('incomplete');
});

test.each([
  '',
  '1',
  'let x',
  'let x: number',
  'declare const x: number',
  'declare function f(): void',
  'new Map',
  'x!',
  '// a comment',
  'await gold',
  "import {a} from 'x'",
  'function f() {}',
  '(<b>gold</b>)',
  'for (const x of [1]) {\n}\n',
])('a console runs %j', source => {
  expect(isCompleteCell(source).status).toBe('complete');
});

test.each(['const x = ;', 'let 5x', '}', ')', "'open", 'a b', 'const a = [1]]'])(
  'a console runs %j, to show what is wrong: no further line could mend it',
  source => {
    expect(isCompleteCell(source).status).toBe('invalid');
  },
);

test('the next line is indented after an opening bracket, and as the line before elsewhere', () => {
  expect(isCompleteCell('function f() {').indent).toBe('  ');
  expect(isCompleteCell('function f() {\n  const a = [').indent).toBe('    ');
  expect(isCompleteCell('function f() {\n  return 1').indent).toBe('  ');
});
