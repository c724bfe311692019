/** @jest-environment jsdom */
import * as React from 'react';
import type {DeployedModel, DeployedVersion, VersionDetails} from '@ingot/deployer/deployment';
import {act} from 'react';
import {createRoot, type Root} from 'react-dom/client';
import {Problem} from '../../api/errors.js';
import {deployment, english, nextTurn} from '../../testing/fakes.js';
import {PanelView, type PanelViewProps} from './panel-view.js';

Object.assign(globalThis, {IS_REACT_ACT_ENVIRONMENT: true});

const roots: Root[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) act(() => root.unmount());
  // A <details> that opened says so a turn later.
  await nextTurn();
});

const version: DeployedVersion = {
  version: 2,
  state: 'AVAILABLE',
  live: true,
  publishedAt: '2026-11-01T10:00:00Z',
  publishedBy: 'Ada',
  notebook: 'gold.ipynb',
  metrics: {mae: 12.345678},
  simulatedData: true,
};

const lineage: NonNullable<VersionDetails['lineage']> = {
  formatVersion: 1,
  staged: 'gold-1',
  createdAt: '2026-11-01T09:59:00Z',
  notebook: {path: 'gold.ipynb', cell: '0123456789abcdef', codeSha256: 'c0de'},
  data: [{name: 'gold-usd-daily', source: 'LBMA', licence: 'CC0', simulated: false, rows: 1234}],
  packages: {ingot: '0.1.0'},
  git: {commit: 'abcdef0123456789', dirty: true},
  metrics: {mae: 12.3},
  training: {run: 'gold/2026-11-01', epochs: 8, seconds: 75, device: 'CPU', compiled: true},
  deployment: {id: 'd1', version: 2, requestedAt: '2026-11-01T10:00:00Z', requestedBy: 'Ada'},
};

/** The panel in a page, and what was asked for through it. */
function show(props: Partial<PanelViewProps>): {
  node: HTMLElement;
  asked: string[];
  redraw: (props: Partial<PanelViewProps>) => void;
} {
  const asked: string[] = [];
  const node = document.body.appendChild(document.createElement('div'));
  const root = createRoot(node);
  roots.push(root);
  const redraw = (more: Partial<PanelViewProps>): void =>
    act(() =>
      root.render(
        <PanelView
          loaded
          problem={null}
          models={[]}
          deployments={[]}
          activities={[]}
          context={{
            trans: english,
            locale: 'en-US',
            now: Date.parse('2026-11-01T10:05:00Z'),
            copy: text => asked.push(`copy ${text}`),
            openNotebook: path => asked.push(`open ${path}`),
            retry: id => asked.push(`retry ${id}`),
            goTo: ({model, version}) => asked.push(`go to ${model} v${version}`),
            details: async (model, number) => {
              asked.push(`details ${model} v${number}`);
              return {model, version: number, contract: null, lineage};
            },
            openTensorBoard: runs => asked.push(`tensorboard ${runs}`),
          }}
          {...props}
          {...more}
        />,
      ),
    );
  redraw({});
  return {node, asked, redraw};
}

function press(node: HTMLElement, label: string): void {
  const button = [...node.querySelectorAll('button')].find(
    one => one.getAttribute('aria-label') === label || one.textContent === label,
  );
  if (button === undefined) throw new Error(`There is no button "${label}".`);
  act(() => button.click());
}

it('shows what a person must know of a version: live, when, figures, made-up data', () => {
  const {node, asked} = show({
    models: [{name: 'gold', title: 'Gold price', serverAnswers: true, pinned: null, versions: [version]}],
  });
  expect(node.querySelector('.ingot-Model-live')?.textContent).toBe('v2 live');
  expect(node.querySelector('summary')?.textContent).toBe('v2livesimulated5 minutes ago');
  expect(node.textContent).toContain('mae12.35');
  press(node, "Open TensorBoard on gold's training");
  expect(asked).toEqual(['tensorboard gold']);
});

it('shows text as text, wherever it comes from', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const {node} = show({
    models: [
      {name: 'gold', title: evil, serverAnswers: true, pinned: null, versions: [{...version, metrics: {[evil]: 1}}]},
    ],
    deployments: [
      deployment('failed', {
        requestedBy: evil,
        failure: {reason: evil, remedy: evil},
        log: [{at: '2026-11-01T10:00:00Z', level: 'error', text: evil}],
      }),
    ],
  });
  expect(node.querySelector('img')).toBeNull();
  expect(node.textContent?.split(evil)).toHaveLength(7);
});

it('offers the address and the curl of what is live', () => {
  const endpoint = {url: 'http://host:8501/v1/models/gold:predict', curl: "curl -d '{}' http://host"};
  const {node, asked} = show({deployments: [deployment('live', {version: 2, endpoint})]});
  press(node, 'Copy: REST address');
  press(node, 'Copy: curl command');
  expect(asked).toEqual([`copy ${endpoint.url}`, `copy ${endpoint.curl}`]);
  expect(node.textContent).toContain('Copied');
});

it('shows where a deployment failed, why, and retries it', () => {
  const failed = deployment('failed', {
    reached: {queued: '', checking: '', publishing: ''},
    failure: {reason: 'The disk is full.', remedy: 'Make room, then retry.'},
  });
  const {node, asked} = show({deployments: [failed]});
  expect([...node.querySelectorAll('.ingot-Step')].map(step => step.textContent)).toEqual([
    'Queued: done',
    'Checking: done',
    'Publishing: failed',
    'Loading: ahead',
    'Verifying: ahead',
    'Live: ahead',
  ]);
  expect(node.textContent).toContain('The disk is full.');
  press(node, 'Retry');
  expect(asked).toEqual(['retry d1']);
});

it('says each step aloud, from the kernel on', () => {
  const progress = {model: 'gold', text: 'gold: capturing the model', fraction: 0.1};
  const {node, redraw} = show({activities: [{key: 'gold.ipynb', progress, deployment: null}]});
  const aloud = (): string | null | undefined => node.querySelector('[aria-live]')?.textContent;
  expect(aloud()).toBe('gold: capturing the model');
  expect(node.querySelector('progress')?.value).toBe(0.1);
  redraw({activities: [], deployments: [deployment('loading', {version: 3})]});
  expect(aloud()).toBe('gold v3: the server is loading it');
});

it('opens the newest deployment, and leaves open what a person opened', async () => {
  const [old, fresh] = [deployment('live', {id: 'old'}), deployment('live', {id: 'fresh'})];
  const {node, redraw} = show({deployments: [old]});
  const open = (): boolean[] =>
    [...node.querySelectorAll<HTMLDetailsElement>('.ingot-Deployment')].map(one => one.open);
  expect(open()).toEqual([true]);
  redraw({deployments: [fresh, old]});
  await act(nextTurn);
  expect(open()).toEqual([true, false]);
  act(() => node.querySelectorAll<HTMLElement>('.ingot-Deployment > summary')[1]?.click());
  await act(nextTurn);
  redraw({deployments: [deployment('live', {id: 'third'}), fresh, old]});
  await act(nextTurn);
  expect(open()).toEqual([true, false, true]);
});

it('says that the deployer is away, and still shows what it knew', () => {
  const problem = new Problem('The deployer does not answer.', 'Start it.', 'unreachable');
  const {node} = show({
    problem,
    models: [{name: 'gold', title: 'Gold', serverAnswers: true, pinned: null, versions: [version]}],
  });
  expect(node.querySelector('[role=alert]')?.textContent).toBe('The deployer does not answer.Start it.');
  expect(node.textContent).toContain('v2 live');
});

it('tells a newcomer what to do', () => {
  expect(show({}).node.textContent).toContain('click Deploy');
});

it('lists a few of many versions until asked for all', () => {
  const versions = Array.from({length: 12}, (_, index) => ({...version, version: 12 - index, live: index === 0}));
  const {node} = show({models: [{name: 'gold', title: 'Gold', serverAnswers: true, pinned: null, versions}]});
  expect(node.querySelectorAll('.ingot-Version')).toHaveLength(5);
  press(node, 'Show all 12 versions');
  expect(node.querySelectorAll('.ingot-Version')).toHaveLength(12);
});

const numbered = (number: number): DeployedVersion => ({
  ...version,
  version: number,
  live: number === 3,
  metrics: {mae: number},
  publishedAt: `2026-11-01T0${number}:00:00Z`,
});
const three: DeployedModel = {
  name: 'gold',
  title: 'Gold',
  serverAnswers: true,
  pinned: null,
  versions: [numbered(3), numbered(2), numbered(1)],
};
/** Somebody went back to v1. */
const pinned: DeployedModel = {
  ...three,
  pinned: 1,
  versions: [{...numbered(3), live: false}, numbered(2), {...numbered(1), live: true}],
};

it('offers the version before the live one, and every other, with the figures of both', () => {
  const {node, asked} = show({models: [three]});
  press(node, 'gold: Go back to v2');
  press(node, 'Go back to v1');
  expect(asked).toEqual(['go to gold v2', 'go to gold v1']);
  const tables = [...node.querySelectorAll('table')].map(table => table.textContent);
  expect(tables).toEqual(['Metricv3mae3', 'Metricv2v3 (live)mae23', 'Metricv1v3 (live)mae13']);
});

it('shows that a version is pinned and by whom, and offers the newest', () => {
  const by = deployment('live', {
    staged: null,
    version: 1,
    requestedBy: 'Bob',
    reached: {live: '2026-11-01T10:03:00Z'},
  });
  const {node, asked} = show({models: [pinned], deployments: [by]});
  expect(node.querySelector('.ingot-Pin')?.textContent).toBe(
    'Pinned to v1 until the next Deploy. Bob went back to it 2 minutes ago.',
  );
  expect(node.querySelectorAll('.ingot-Version summary')[2]?.textContent).toContain('v1livepinned');
  press(node, 'gold: Go forward to v3');
  press(node, 'Go forward to v2');
  expect(asked).toEqual(['go to gold v3', 'go to gold v2']);
  expect(node.querySelector('.ingot-Deployment summary')?.textContent).toContain('gold v1liveback');
  expect(node.querySelectorAll('.ingot-Deployment .ingot-Step')).toHaveLength(4);
});

it('claims nothing of what is live while the model server is away, and changes nothing', () => {
  const versions = three.versions.map(one => ({...one, live: false, state: null}));
  const {node} = show({models: [{...three, serverAnswers: false, versions}]});
  expect(node.querySelector('.ingot-Model [role=alert]')?.textContent).toMatch(/^The model server does not answer/);
  expect(node.querySelector('.ingot-Model')?.textContent).not.toMatch(/not live|not served|Make v/);
  expect(node.querySelectorAll('.ingot-Model .ingot-Button')).toHaveLength(0);
});

it('says that a pinned version is missing, since nothing else answers in its place', () => {
  const missing = (state: string | null): DeployedModel => ({
    ...pinned,
    versions: pinned.versions.map(one => ({...one, live: false, state})),
  });
  const {node, redraw} = show({models: [missing(null)]});
  expect(node.querySelector('[role=alert]')?.textContent).toContain('cannot serve');
  redraw({models: [missing('LOADING')]});
  expect(node.querySelector('[role=alert]')).toBeNull();
  expect(node.querySelector('.ingot-Pin')?.textContent).toContain('is being loaded');
});

it('lets nobody change the live version while it is being changed, here or in another page', () => {
  const {node} = show({models: [three], deployments: [deployment('loading', {staged: null, version: 1})]});
  const buttons = [...node.querySelectorAll<HTMLButtonElement>('.ingot-Model .ingot-Button')];
  expect(buttons.map(({disabled}) => disabled)).toEqual([true, true, true]);
});

it('tells where a version came from once it is opened, and asks for it once', async () => {
  const {node, asked, redraw} = show({models: [three]});
  act(() => node.querySelectorAll<HTMLElement>('.ingot-Version summary')[1]?.click());
  await act(nextTurn);
  await act(nextTurn);
  redraw({});
  expect(node.querySelector('.ingot-Facts')?.textContent).toMatch(
    /Deployedby Ada, .*Notebookgold\.ipynb cell 0123456789abcdefTraining8 epochs in 1 min 15 s on CPU TensorBoardDatagold-usd-daily, 1,234 rows LBMACommitabcdef0123 and changes that were not committedPackagesingot 0\.1\.0/,
  );
  press(node, 'gold.ipynb');
  press(node, 'Open TensorBoard at the training of v2');
  expect(asked).toEqual(['details gold v2', 'open gold.ipynb', 'tensorboard gold/2026-11-01']);
});
