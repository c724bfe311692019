import type {Deployment} from '@ingot/deployer/deployment';
import type {DeployableModel} from 'ingot/comm/protocol';
import type {Problem} from '../api/errors.js';
import {deployment, english, FakeKernel, gold, until, willingKernel} from '../testing/fakes.js';
import {DeployManager, type DeployNotice} from './manager.js';
import type {VersionChange} from '../versions/change.js';
import type {DeploySource} from './flow.js';

const LIVE = deployment('live', {version: 1, endpoint: {url: 'http://host/v1', curl: 'curl http://host/v1'}});
const FAILED = deployment('failed', {failure: {reason: 'It answered 2, not 1.', remedy: 'Train again.'}});

/** A person, a deployer and a notebook; what happens to the person is in `heard`, what reached the deployer in `asked`. */
function scene(endings: Deployment[] = [LIVE]) {
  const heard: string[] = [];
  const asked: unknown[] = [];
  const actions: {cancel: (() => void) | null; retry: (() => void) | null} = {cancel: null, retry: null};
  let choice: DeployableModel | null = null;
  let agreed: () => boolean | Promise<boolean> = () => true;
  const notice = (): DeployNotice => ({
    progress: ({text}, cancel) => {
      heard.push(text);
      actions.cancel = cancel;
    },
    live: ({version}) => heard.push(`live v${version}`),
    failed: (what, {message, remedy}, retry) => {
      heard.push(`failed ${what}: ${message} ${remedy}`);
      actions.retry = retry;
    },
    close: () => heard.push('closed'),
  });
  const manager = new DeployManager({
    client: {
      deploy: async request => {
        asked.push(request);
        return deployment('queued');
      },
      makeLive: async (model, request) => {
        asked.push({model, ...request});
        return deployment('queued', {staged: null, version: request.version});
      },
      retry: async id => {
        asked.push(`retry ${id}`);
        return deployment('queued');
      },
      deployment: async () => LIVE,
      async *events() {
        yield deployment('checking');
        yield endings.shift() ?? LIVE;
      },
    },
    state: {note: () => {}, refresh: async () => {}},
    trans: english,
    requestedBy: () => 'Ada',
    ui: {
      notice,
      choose: async models => {
        heard.push(`choose ${models.map(model => model.name).join(', ')}`);
        return choice;
      },
      confirm: async ({version}) => {
        heard.push(`confirm v${version}`);
        return agreed();
      },
      explain: async ({message}: Problem) => {
        heard.push(`explained: ${message}`);
      },
    },
  });
  return {
    manager,
    heard,
    asked,
    actions,
    choose: (model: DeployableModel) => (choice = model),
    agree: (how: typeof agreed) => (agreed = how),
  };
}

const BACK: VersionChange = {model: 'gold', version: 1, live: 2, newest: false, figures: []};

function notebook(kernel: FakeKernel | null, save = async (): Promise<void> => {}): DeploySource {
  return {path: 'gold.ipynb', kernel: async () => kernel?.asKernel() ?? null, save};
}

it('goes from the click to live', async () => {
  const {manager, heard, asked} = scene();
  const steps: string[] = [];
  await manager.deploy(notebook(willingKernel([gold]), async () => void steps.push('saved')));
  expect(steps).toEqual(['saved']);
  expect(asked).toEqual([{model: 'gold', staged: 'gold-1', notebook: 'gold.ipynb', requestedBy: 'Ada'}]);
  expect(heard).toEqual([
    'Saving the notebook',
    'Waiting for the kernel',
    'Asking the kernel for its models',
    'gold: capturing the model',
    'gold: writing',
    'gold: asking the deployer',
    'gold: waiting for its turn',
    'gold: checking the model and replaying its samples',
    'gold v1: live',
    'live v1',
  ]);
  expect(manager.activities).toEqual([]);
});

it('deploys once for two clicks', async () => {
  const {manager, asked} = scene();
  const source = notebook(willingKernel([gold]));
  const first = manager.deploy(source);
  expect(manager.isBusy('gold.ipynb')).toBe(true);
  await Promise.all([first, manager.deploy(source)]);
  expect(asked).toHaveLength(1);
  expect(manager.isBusy('gold.ipynb')).toBe(false);
});

it.each([
  ['a kernel without a trained model', willingKernel([]), 'no trained model'],
  ['another kernel', new FakeKernel(null), 'does not know of Ingot'],
])('explains %s in a dialog and asks the deployer for nothing', async (_, kernel, words) => {
  const {manager, heard, asked} = scene();
  await manager.deploy(notebook(kernel));
  expect(heard.at(-1)).toContain('explained');
  expect(heard.at(-1)).toContain(words);
  expect(asked).toEqual([]);
});

it('asks which of several models is meant; none is an answer, too', async () => {
  const silver = {...gold, name: 'silver'};
  const {manager, heard, asked, choose} = scene();
  await manager.deploy(notebook(willingKernel([gold, silver])));
  expect(heard.slice(-2)).toEqual(['choose gold, silver', 'closed']);
  expect(asked).toEqual([]);
  choose(silver);
  await manager.deploy(notebook(willingKernel([gold, silver])));
  expect(asked).toMatchObject([{model: 'silver', staged: 'silver-1'}]);
});

it('waits for the running cell, and can be called off meanwhile', async () => {
  const {manager, heard, asked, actions} = scene();
  const kernel = willingKernel([gold]);
  kernel.set('busy');
  const called = manager.deploy(notebook(kernel));
  await until(() => heard.at(-1) === 'Waiting for the running cell to end');
  actions.cancel?.();
  await called;
  expect(heard.at(-1)).toBe('closed');

  const patient = manager.deploy(notebook(kernel));
  await until(() => heard.at(-1) === 'Waiting for the running cell to end');
  kernel.set('idle');
  await patient;
  expect(heard.at(-1)).toBe('live v1');
  expect(asked).toHaveLength(1);
});

it('tells why a deployment failed, and retries what is staged', async () => {
  const {manager, heard, asked, actions} = scene([FAILED, LIVE]);
  await manager.deploy(notebook(willingKernel([gold])));
  expect(heard.at(-1)).toBe('failed gold: It answered 2, not 1. Train again.');
  actions.retry?.();
  await until(() => heard.at(-1) === 'live v1');
  expect(asked.at(-1)).toBe('retry d1');
  expect(heard).toContain('closed');
});

it('takes back what it said of the deployment before', async () => {
  const {manager, heard} = scene();
  await manager.deploy(notebook(willingKernel([gold])));
  expect(heard).not.toContain('closed');
  await manager.deploy(notebook(willingKernel([gold])));
  expect(heard.filter(text => text === 'closed')).toHaveLength(1);
});

it.each([
  ['no kernel', null],
  ['a dead kernel', Object.assign(willingKernel([gold]), {status: 'dead' as const})],
])('fails with a remedy on %s', async (_, kernel) => {
  const {manager, heard} = scene();
  await manager.deploy(notebook(kernel));
  expect(heard.at(-1)).toMatch(/^failed .* then deploy\.$/);
});

it('stages anew when the notebook could not be saved', async () => {
  const {manager, heard, asked, actions} = scene();
  let full = true;
  const source = notebook(willingKernel([gold]), async () => {
    if (full) throw new Error('No space left on device');
  });
  await manager.deploy(source);
  expect(heard.at(-1)).toContain('No space left on device');
  full = false;
  actions.retry?.();
  await until(() => heard.at(-1) === 'live v1');
  expect(asked).toHaveLength(1);
});

it('lets go of everything when it is disposed', async () => {
  const {manager, heard, asked} = scene();
  const kernel = willingKernel([gold]);
  kernel.set('busy');
  const waiting = manager.deploy(notebook(kernel));
  await until(() => heard.at(-1) === 'Waiting for the running cell to end');
  manager.dispose();
  await waiting;
  kernel.set('idle');
  await manager.deploy(notebook(kernel));
  expect(asked).toEqual([]);
  expect(heard.at(-1)).toBe('closed');
});

it('goes back to a version once the person has agreed, once for two clicks', async () => {
  const {manager, heard, asked, agree} = scene();
  agree(() => false);
  await manager.goTo(BACK);
  expect([heard, asked]).toEqual([['confirm v1'], []]);
  let answer: (yes: boolean) => void = () => {};
  agree(() => new Promise<boolean>(resolve => (answer = resolve)));
  const first = manager.goTo(BACK);
  await manager.goTo({...BACK, version: 3});
  answer(true);
  await first;
  expect(asked).toEqual([{model: 'gold', version: 1, requestedBy: 'Ada'}]);
  expect(heard.slice(1)).toEqual([
    'confirm v1',
    'gold v1: asking the deployer',
    'gold v1: waiting for its turn',
    'gold: checking the model and replaying its samples',
    'gold v1: live',
    'live v1',
  ]);
  expect(manager.isBusy('gold')).toBe(false);
  // What it said is no longer so once the notebook is deployed.
  await manager.deploy(notebook(willingKernel([gold])));
  expect(heard.slice(-2).sort()).toEqual(['closed', 'live v1']);
});
