import {BodyBudget} from './body-budget.js';

const KB = 1024;

test('bodies that are small are not counted, large ones are, until they are let go', () => {
  const budget = new BodyBudget(1000 * KB);
  const [small, large] = [budget.reserve(), budget.reserve()];
  small.grow(60 * KB);
  expect(budget.usedBytes).toBe(0);
  large.grow(60 * KB);
  large.grow(60 * KB);
  expect(budget.usedBytes).toBe(120 * KB);
  large.release();
  large.release();
  expect(budget.usedBytes).toBe(0);
});

test('what does not fit beside the others is refused: by what is announced, and by what comes', () => {
  const budget = new BodyBudget(1000 * KB);
  const [first, second] = [budget.reserve(), budget.reserve()];
  first.grow(800 * KB);
  expect(() => second.expect(300 * KB)).toThrow(expect.objectContaining({code: 'UNAVAILABLE'}));
  second.expect(150 * KB);
  second.grow(150 * KB);
  expect(() => second.grow(100 * KB)).toThrow(expect.objectContaining({code: 'UNAVAILABLE'}));
  expect(budget.usedBytes).toBe(950 * KB);
  second.release();
  first.grow(100 * KB);
  expect(budget.usedBytes).toBe(900 * KB);
});

test('one alone may be larger than the budget: its own limit bounds it', () => {
  const budget = new BodyBudget(100 * KB);
  const only = budget.reserve();
  only.expect(500 * KB);
  only.grow(300 * KB);
  only.grow(200 * KB);
  expect(() => budget.reserve().expect(100 * KB)).toThrow(expect.objectContaining({code: 'UNAVAILABLE'}));
  budget.reserve().expect(10 * KB);
});
