import {aspire, doubts} from './policy.js';

test('two folders of one version, and versions that are missing, are told of; what else lies there is not', () => {
  const folders = ['7', '00000007', '8', '.incoming-9', '10.partial', '99999999999999999999'];
  expect([...aspire(folders, {kind: 'all'})]).toEqual([
    [7n, '00000007'],
    [8n, '8'],
  ]);
  expect(doubts(folders, {kind: 'specific', versions: [8n, 9n]})).toEqual([
    '"00000007" and "7" are both version 7; "00000007" is taken',
    'version 9 is to be served, but there is no such folder',
  ]);
  expect(doubts(['1', '-2'], {kind: 'all'})).toEqual([]);
  expect(doubts(['.incoming-1'], {kind: 'all'})).toEqual(['there is no numbered version in its folder']);
  expect(doubts(['saved_model.pb', 'variables'], {kind: 'all'})).toEqual([
    expect.stringContaining('a SavedModel lies in its folder itself') as string,
  ]);
});
