import type {DeployedVersion} from '@ingot/deployer/deployment';
import {english} from '../testing/fakes.js';
import {changeLabel, changeSentences, changeTo, differing} from './change.js';

function version(number: number, live: boolean, metrics: Record<string, number> = {}): DeployedVersion {
  return {
    version: number,
    state: 'AVAILABLE',
    live,
    publishedAt: null,
    publishedBy: null,
    notebook: null,
    metrics,
    simulatedData: false,
  };
}

function change(live: number | null, to: number) {
  const versions = [3, 2, 1].map(number => version(number, number === live, {mae: number, [`own${number}`]: 0}));
  const model = {name: 'gold', title: 'Gold', serverAnswers: true, pinned: null, versions};
  return changeTo(model, versions.find(one => one.version === to) as DeployedVersion);
}

it.each([
  [3, 1, 'Go back to v1', /instead of v3.*stays pinned.*v3 is not deleted/],
  [1, 2, 'Go forward to v2', /instead of v1.*stays pinned/],
  [1, 3, 'Go forward to v3', /instead of v1.*needs no pin/],
  [null, 2, 'Make v2 live', /get an error now.*stays pinned/],
])('from v%p to v%p is "%s", and what it will do is said', (live, to, label, sentences) => {
  expect(changeLabel(change(live, to), english)).toBe(label);
  expect(changeSentences(change(live, to), english).join(' ')).toMatch(sentences);
});

it("sets a version's figures beside those of the live one that it shares", () => {
  expect(change(3, 1).figures).toEqual([
    {name: 'mae', own: 1, live: 3},
    {name: 'own1', own: 0, live: null},
  ]);
  expect(change(3, 3).figures[0]).toEqual({name: 'mae', own: 3, live: null});
});

it('finds the figures that tell two versions apart', () => {
  const figures = [
    {name: 'same', own: 1, live: 1},
    {name: 'little', own: 100, live: 101},
    {name: 'much', own: 0.001, live: -0.001},
    {name: 'alone', own: 5, live: null},
    {name: 'zero', own: 0, live: 0},
  ];
  expect(differing(figures).map(({name}) => name)).toEqual(['much', 'little']);
});
