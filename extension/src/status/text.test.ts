import type {DeployedModel, DeployedVersion} from '@ingot/deployer/deployment';
import {deployment, english} from '../testing/fakes.js';
import {statusText} from './text.js';

function version(number: number, live: boolean, notebook: string, publishedAt: string): DeployedVersion {
  return {
    version: number,
    state: 'AVAILABLE',
    live,
    publishedAt,
    publishedBy: 'Ada',
    notebook,
    metrics: {},
    simulatedData: false,
  };
}

const models: DeployedModel[] = [
  {
    name: 'gold',
    title: 'Gold',
    serverAnswers: true,
    pinned: null,
    versions: [version(3, false, 'gold.ipynb', '2026-11-03'), version(2, true, 'gold.ipynb', '2026-11-02')],
  },
  {
    name: 'digits',
    title: 'Digits',
    serverAnswers: true,
    pinned: null,
    versions: [version(7, true, 'digits.ipynb', '2026-11-04')],
  },
];
const calm = {models, deployments: [], loaded: true, problem: null};

it.each([
  ['the model of the notebook in front', calm, 'gold.ipynb', 'gold v2 live'],
  [
    'a version that somebody went back to',
    {...calm, models: models.map(model => ({...model, pinned: 2}))},
    'gold.ipynb',
    'gold v2 live (pinned)',
  ],
  ['the newest one for any other notebook', calm, 'else.ipynb', 'digits v7 live'],
  [
    'a deployment that goes on, before all',
    {...calm, deployments: [deployment('loading', {version: 4})]},
    null,
    'gold v4: loading',
  ],
  [
    'a model server that is away',
    {...calm, models: models.map(model => ({...model, serverAnswers: false}))},
    null,
    'Ingot: no model server',
  ],
  ['nothing live', {...calm, models: []}, null, 'Ingot: nothing live'],
  ['a deployer that is away', {...calm, problem: new Error('away')}, null, 'Ingot: no deployer'],
  ['nothing before the first answer', {...calm, loaded: false}, null, ''],
])('says %s', (_, source, notebook, text) => {
  expect(statusText(source, notebook, english)).toBe(text);
});
