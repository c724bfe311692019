import {fuzz} from './run.js';

test('broken input by every door is refused, and the server stays well', async () => {
  const told: string[] = [];
  const say = (text: string): void => void told.push(text);
  await fuzz({scanner: 20_000, rest: 1500, grpc: 1000, schemathesis: 3, seed: Date.now() % 1_000_000, say});
  expect(told.at(-1)).toMatch(/^memory: /);
}, 300_000);
