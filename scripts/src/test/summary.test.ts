import {summaryLine} from './summary.js';

const report = {numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0};

test('a test file that cannot be run counts as a failure', () => {
  expect(summaryLine(report)).toBe('7 passed, 0 failed');
  expect(summaryLine({...report, numRuntimeErrorTestSuites: 2})).toBe('7 passed, 2 failed');
});

test('skipped tests are told', () => {
  expect(summaryLine({...report, numFailedTests: 1, numPendingTests: 3})).toBe('7 passed, 1 failed, 3 skipped');
});
