import {Pooling} from './pooling.js';

/** Runs steps that take so long each way; gives which way each took. */
function ways(pooling: Pooling, clock: {ms: number}, steps: number, caller: number, pool: number): boolean[] {
  return Array.from({length: steps}, () =>
    pooling.run(pooled => {
      clock.ms += pooled ? pool : caller;
      return pooled;
    }),
  );
}
const last = (values: readonly boolean[]) => values.at(-1);

test('both ways are tried, and the faster one is kept', () => {
  for (const [caller, pool] of [
    [20, 12],
    [12, 20],
  ] as const) {
    const clock = {ms: 0};
    const tried = ways(new Pooling(() => clock.ms), clock, 100, caller, pool);
    expect(new Set(tried.slice(0, 12)).size).toBe(2);
    expect(new Set(tried.slice(12))).toEqual(new Set([pool < caller]));
  }
});

test('a short step is never handed over', () => {
  const clock = {ms: 0};
  expect(ways(new Pooling(() => clock.ms), clock, 2000, 0.2, 0.1)).not.toContain(true);
});

test('a way that was the slower one is taken when the machine has changed', () => {
  const clock = {ms: 0};
  const pooling = new Pooling(() => clock.ms);
  expect(last(ways(pooling, clock, 400, 20, 30))).toBe(false);
  expect(last(ways(pooling, clock, 200, 20, 12))).toBe(true);
  expect(last(ways(pooling, clock, 1000, 20, 30))).toBe(false);
});
