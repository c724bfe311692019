import {english, FakeKernel, gold, willingKernel} from '../testing/fakes.js';
import {KernelChannel} from './kernel-channel.js';

const open = (kernel: FakeKernel, withinMs?: number): KernelChannel =>
  new KernelChannel(kernel.asKernel(), english, withinMs);

it('lists and stages, with progress on the way', async () => {
  const channel = open(willingKernel([gold]));
  expect(await channel.list()).toEqual([gold]);
  const progress: unknown[] = [];
  expect(await channel.stage('gold', 'gold.ipynb', (...args) => progress.push(args))).toBe('gold-1');
  expect(progress).toEqual([['writing', 0.5]]);
});

it("passes the kernel's own sentence on", async () => {
  const kernel = new FakeKernel(({id}, answer) =>
    answer({type: 'error', id, message: 'The model holds a NaN.', remedy: 'Train again with a smaller rate.'}),
  );
  await expect(open(kernel).stage('gold', null, () => {})).rejects.toMatchObject({
    message: 'The model holds a NaN.',
    remedy: 'Train again with a smaller rate.',
  });
});

it('tells a kernel that knows nothing of Ingot from one that is slow', async () => {
  await expect(open(new FakeKernel(null)).list()).rejects.toMatchObject({
    code: 'wrong_kernel',
    remedy: expect.stringContaining('TypeScript (Ingot)') as string,
  });
  await expect(open(new FakeKernel(() => {}), 5).list()).rejects.toThrow('did not answer within 0.005 s');
});

it.each(['dead', 'autorestarting', 'restarting'] as const)('does not wait for a kernel that is %s', async status => {
  const kernel = new FakeKernel(() => {});
  const staging = open(kernel).stage('gold', null, () => {});
  kernel.set(status);
  await expect(staging).rejects.toThrow('stopped');
});

it.each([
  ['text', 'staged'],
  ['another type', {type: 'live', id: 'stage-1'}],
  ['a staged model without its id', {type: 'staged', id: 'stage-1', model: 'gold'}],
])('refuses an answer that is %s', async (_, garbage) => {
  const kernel = new FakeKernel((_request, answer) => answer(garbage));
  await expect(open(kernel).stage('gold', null, () => {})).rejects.toThrow('cannot be read');
});

it('keeps a fraction within its bounds and ignores answers to nothing', async () => {
  const kernel = new FakeKernel(({id}, answer) => {
    answer({type: 'progress', id, text: 'a', fraction: 7});
    answer({type: 'staged', id: 'other', model: 'gold', staged: 'wrong'});
    answer({type: 'staged', id, model: 'gold', staged: 'right'});
  });
  const fractions: number[] = [];
  expect(await open(kernel).stage('gold', null, (_, fraction) => fractions.push(fraction))).toBe('right');
  expect(fractions).toEqual([1]);
});

it('closes the comm, but not that of a dead kernel', async () => {
  const kernel = willingKernel([]);
  open(kernel).dispose();
  const dead = willingKernel([]);
  const channel = open(dead);
  dead.set('dead');
  channel.dispose();
  expect([kernel.closed, dead.closed]).toEqual([1, 0]);
});
