import {parseOptions} from './options.js';

test.each<[object, string]>([
  [{copeis: 2}, '/models/half/copeis is no option; there are copies, devices, threads, exact, response_cache_mb'],
  [{threads: {inra: 1}}, '/models/half/threads/inra is no option; there are intra, inter'],
  [{threads: {intra: 0}}, '/models/half/threads/intra must be >= 1'],
  [{threads: '2'}, '/models/half/threads must be integer'],
  [{copies: 0}, '/models/half/copies must be >= 1'],
  [{devices: ['cuda']}, '/models/half/devices/0 must be "cpu", or "gpu:" and a number'],
])('%j is refused with what to write instead', (half, message) => {
  expect(() => parseOptions(JSON.stringify({models: {half}}))).toThrow(message);
});

test('a file that is none is refused', () => {
  expect(() => parseOptions('{')).toThrow('it is no JSON');
  expect(() => parseOptions('[]')).toThrow('the file must be object');
  expect(() => parseOptions('{"models": {}, "model": {}}')).toThrow('/model is nothing that such a file has');
});

test('threads are one number for both, or one for each', () => {
  const read = (threads: object | number) =>
    parseOptions(JSON.stringify({models: {half: {threads}}})).get('half')?.threads;
  expect([read(2), read({intra: 3})]).toEqual([{intra: 2, inter: 2}, {intra: 3}]);
});
