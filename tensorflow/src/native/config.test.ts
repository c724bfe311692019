import {sessionConfig} from './config.js';

const hex = (config: Parameters<typeof sessionConfig>[0]): string => Buffer.from(sessionConfig(config)).toString('hex');

test("a share of a GPU's memory is written as ConfigProto has it", () => {
  expect(hex({device: 'auto'})).toBe('320220013801');
  // gpu_options {allow_growth: true per_process_gpu_memory_fraction: 0.25} allow_soft_placement: true, as Python's ConfigProto reads it.
  expect(hex({device: 'auto', gpuMemoryFraction: 0.25})).toBe('320b200109000000000000d03f3801');
});
