import {AdaptivePolicy} from './adaptive.js';
import type {QueueView} from './policy.js';
import {RunTimes} from './run-times.js';

const options = {parallel: 1, latencyTargetMs: 100, maxQueuedRequests: 4};
const view = (rows: number, more: Partial<QueueView> = {}): QueueView => ({
  rows,
  waitedMs: 0,
  readyMs: 0,
  running: 0,
  runningRows: 0,
  ...more,
});

/** A policy that has seen runs of 2 ms plus 0.5 ms a row. */
function learned(parallel = 1): AdaptivePolicy {
  const policy = new AdaptivePolicy({...options, parallel});
  for (let i = 0; i < 50; i++) for (const rows of [1, 8, 16]) policy.finished(rows, 2 + rows / 2);
  return policy;
}

test('a request that is alone runs at once, and what comes during a run waits for its end', () => {
  const policy = learned();
  policy.arrived(1, 1);
  expect(policy.decide(view(1))).toEqual({run: 1});
  expect(policy.decide(view(3, {running: 1, runningRows: 1}))).toBeNull();
});

test('clients that come together are waited for, not longer than a run costs in any case', () => {
  const policy = learned();
  policy.arrived(1, 16);
  expect(policy.decide(view(3))).toEqual({waitMs: expect.closeTo(2, 1) as number});
  expect(policy.decide(view(16))).toEqual({run: 16});
  expect(policy.decide(view(3, {readyMs: 2.1}))).toEqual({run: 3});
});

test('waiting in vain is unlearned', () => {
  const policy = learned();
  policy.arrived(1, 16);
  policy.decide(view(1));
  policy.decide(view(1, {readyMs: 3}));
  // The next one runs at once, though 9 are still thought possible.
  expect(policy.decide(view(1))).toMatchObject({run: expect.any(Number) as number});
});

test('when one of many clients has gone, the others wait for it once', () => {
  const policy = learned();
  policy.arrived(1, 64);
  expect(policy.decide(view(63))).toMatchObject({waitMs: expect.any(Number) as number});
  expect(policy.decide(view(63, {readyMs: 3}))).toEqual({run: 63});
  policy.started();
  for (let i = 0; i < 100; i++) expect(policy.decide(view(63))).toEqual({run: 63});
});

test('a batch stays so small that its run leaves half of the latency target', () => {
  const policy = learned();
  policy.arrived(1, 1000);
  expect(policy.decide(view(1000))).toEqual({run: expect.closeTo(96, -1) as number});
});

test('free cores share what waits, but a batch is not cut below what makes it worthwhile', () => {
  const policy = learned(4);
  policy.arrived(1, 64);
  expect(policy.decide(view(64))).toEqual({run: 16});
  expect(policy.decide(view(5))).toMatchObject({waitMs: expect.any(Number) as number});
});

test('a full queue, and one too slow for the deadline, take no more', () => {
  const policy = learned();
  const asked = {rows: 1, deadlineMs: 1000, queuedRequests: 1, queuedRows: 100, runningRows: 0};
  expect(policy.admits(asked)).toBe(true);
  expect(policy.admits({...asked, deadlineMs: 20})).toBe(false);
  expect(policy.admits({...asked, queuedRequests: 4})).toBe(false);
});

test('run times are a line; of one size alone nothing is known about the fixed part', () => {
  const times = new RunTimes();
  expect(times.line()).toEqual({fixed: 0, perRow: 0});
  times.observe(4, 8);
  times.observe(4, 8);
  expect(times.line()).toEqual({fixed: 0, perRow: 2});
  for (const rows of [1, 2, 4, 8]) times.observe(rows, 4 + rows);
  for (let i = 0; i < 300; i++) times.observe([1, 2, 4, 8][i % 4] as number, 4 + ([1, 2, 4, 8][i % 4] as number));
  expect(times.line().fixed).toBeCloseTo(4, 1);
  expect(times.line().perRow).toBeCloseTo(1, 1);
});

test('the fixed part is not forgotten while clients in step bring batches of one size', () => {
  const times = new RunTimes();
  for (const rows of [1, 2, 4, 8, 16]) for (let i = 0; i < 10; i++) times.observe(rows, 2 + rows / 2);
  for (let i = 0; i < 100_000; i++) times.observe(16, 10);
  expect(times.line().fixed).toBeCloseTo(2, 5);
});

test('one run that was held up changes little, and a model that has become slower is seen', () => {
  const times = new RunTimes();
  for (const rows of [1, 16]) for (let i = 0; i < 10; i++) times.observe(rows, 1 + rows);
  times.observe(1, 12);
  expect(times.line().fixed).toBeLessThan(3.5);
  for (const rows of [1, 16]) for (let i = 0; i < 100; i++) times.observe(rows, 10 * (1 + rows));
  expect(times.line()).toEqual({fixed: expect.closeTo(10, 1) as number, perRow: expect.closeTo(10, 1) as number});
});
