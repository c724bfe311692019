import {fuzz} from './run.js';

test('broken input by every door is refused, and the server stays well', async () => {
  const told: string[] = [];
  const say = (text: string): void => void told.push(text);
  const parts = {numbers: 5000, scanner: 15_000, rest: 1500, grpc: 1000, connections: 20, schemathesis: 3};
  await fuzz({...parts, huge: false, seed: Date.now() % 1_000_000, say});
  expect(told.at(-1)).toMatch(/^memory of server and engine: /);
}, 300_000);
