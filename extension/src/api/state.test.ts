import {deployment} from '../testing/fakes.js';
import {Problem} from './errors.js';
import {DeployerState} from './state.js';

it('is not set back by an answer that was on its way for long', async () => {
  const old = deployment('checking', {updatedAt: '2026-11-01T10:00:01Z'});
  const state = new DeployerState({models: async () => [], deployments: async () => [old]});
  state.note(deployment('live', {updatedAt: '2026-11-01T10:00:09Z'}));
  await state.refresh();
  expect(state.find('d1')?.state).toBe('live');
});

it('keeps showing what was known while the deployer is away, and says so', async () => {
  let up = true;
  const state = new DeployerState({
    models: async () => [{name: 'gold', title: 'Gold', serverAnswers: true, pinned: null, versions: []}],
    deployments: async () => {
      if (!up) throw new Problem('away', 'start it', 'unreachable');
      return [deployment('live')];
    },
  });
  const news: (string | null)[] = [];
  state.changed.connect(({problem}) => news.push(problem?.message ?? null));
  await state.refresh();
  up = false;
  await expect(state.refresh()).rejects.toThrow('away');
  expect(news).toEqual([null, 'away']);
  expect(state.models).toHaveLength(1);
  expect(state.deployments).toHaveLength(1);
});
