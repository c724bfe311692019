import {configurationOf} from './repository.js';

const nothing = {methodName: '', inputs: {}, outputs: {}};

test('copies are said as Triton says them: by kind of device, on GPUs so many on each', () => {
  const copies = (['cpu', 'gpu:0', 'gpu:2', 'gpu:0', 'gpu:2'] as const).map(device => ({device}));
  expect(configurationOf('gold', nothing, copies).instance_group).toEqual([
    {name: 'gold_0', kind: 'KIND_CPU', count: 1, gpus: []},
    {name: 'gold_1', kind: 'KIND_GPU', count: 2, gpus: [0, 2]},
  ]);
  expect(configurationOf('gold', nothing, []).instance_group).toEqual([
    {name: 'gold_0', kind: 'KIND_AUTO', count: 1, gpus: []},
  ]);
});
