import {createSteps} from './steps.js';

function terminal(isTTY: boolean): {text: () => string; out: {write: (text: string) => void; isTTY: boolean}} {
  let written = '';
  return {text: () => written, out: {write: text => void (written += text), isTTY}};
}

test('a log keeps one line for each thing said, and says nothing twice', async () => {
  const {text, out} = terminal(false);
  let time = 0;
  const steps = createSteps(out, () => (time += 500));
  await steps.step('Building', async detail => {
    detail('half');
    detail('half');
  });
  expect(text()).toBe('  … Building\n      half\n  ✓ Building (0.5 s)\n');
  expect(steps.timings).toEqual([{title: 'Building', seconds: 0.5}]);
});

test('a failed step is marked, and its error goes on to the caller', async () => {
  const {text, out} = terminal(false);
  const steps = createSteps(out);
  await expect(steps.step('Building', () => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler');
  expect(text()).toContain('✗ Building');
  expect(steps.timings).toEqual([]);
});

test('a terminal shows every step that is under way on its last line', async () => {
  const {text, out} = terminal(true);
  const steps = createSteps(out);
  let finish = (): void => {};
  const first = steps.step('First', () => new Promise<void>(resolve => (finish = resolve)));
  await steps.step('Second', async () => {});
  finish();
  await first;
  const lastLines = text().split('\r\x1b[2K');
  expect(lastLines).toContain('  … First, Second');
  expect(lastLines).toContain('  … First');
});
