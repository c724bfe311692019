import {blockOf, listOf} from './string-block.js';

const strings = ['a', '', 'ä', 'xyz'].map(text => Buffer.from(text));
const list = listOf(blockOf(strings));

test('a block of strings is read as the list that it was', () => {
  expect(Array.isArray(list)).toBe(true);
  expect([...list].length).toBe(4);
  const texts = (some: readonly Uint8Array[]): string[] => some.map(one => Buffer.from(one).toString());
  expect(texts(list)).toEqual(['a', '', 'ä', 'xyz']);
  expect(texts(list.slice(1, 3))).toEqual(['', 'ä']);
  expect(texts([list, list].flatMap(each => each)).length).toBe(8);
  expect(Buffer.concat(list).toString()).toBe('aäxyz');
  expect([list[4], list[-1], list.at(-1)?.length]).toEqual([undefined, undefined, 3]);
  expect(JSON.stringify(list.map(({length}) => length))).toBe('[1,0,2,3]');
});

test('nobody changes it by mistake', () => {
  expect(() => ((list as Uint8Array[])[0] = Buffer.from('b'))).toThrow(TypeError);
});

test('the block of such a list is the one that it was made of', () => {
  const block = blockOf(strings);
  expect(blockOf(listOf(block))).toBe(block);
});
