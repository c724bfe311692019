/** @jest-environment jsdom */
import * as React from 'react';
import type {DeployedVersion} from '@ingot/deployer/deployment';
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
  notebook: 'gold.ipynb',
  metrics: {mae: 12.345678},
  simulatedData: true,
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
            openTensorBoard: model => asked.push(`tensorboard ${model}`),
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
  const {node, asked} = show({models: [{name: 'gold', title: 'Gold price', versions: [version]}]});
  expect(node.querySelector('.ingot-Model-live')?.textContent).toBe('v2 live');
  expect(node.querySelector('summary')?.textContent).toBe('v2liveavailablesimulated data5 minutes ago');
  expect(node.textContent).toContain('mae12.35');
  press(node, 'gold.ipynb');
  press(node, "Open TensorBoard on gold's training");
  expect(asked).toEqual(['open gold.ipynb', 'tensorboard gold']);
});

it('shows text as text, wherever it comes from', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const {node} = show({
    models: [{name: 'gold', title: evil, versions: [{...version, notebook: evil, metrics: {[evil]: 1}}]}],
    deployments: [
      deployment('failed', {
        requestedBy: evil,
        failure: {reason: evil, remedy: evil},
        log: [{at: '2026-11-01T10:00:00Z', level: 'error', text: evil}],
      }),
    ],
  });
  expect(node.querySelector('img')).toBeNull();
  expect(node.textContent?.split(evil)).toHaveLength(8);
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
  const {node} = show({problem, models: [{name: 'gold', title: 'Gold', versions: [version]}]});
  expect(node.querySelector('[role=alert]')?.textContent).toBe('The deployer does not answer.Start it.');
  expect(node.textContent).toContain('v2 live');
});

it('tells a newcomer what to do', () => {
  expect(show({}).node.textContent).toContain('click Deploy');
});

it('lists a few of many versions until asked for all', () => {
  const versions = Array.from({length: 12}, (_, index) => ({...version, version: 12 - index, live: index === 0}));
  const {node} = show({models: [{name: 'gold', title: 'Gold', versions}]});
  expect(node.querySelectorAll('.ingot-Version')).toHaveLength(5);
  press(node, 'Show all 12 versions');
  expect(node.querySelectorAll('.ingot-Version')).toHaveLength(12);
});
