import { closingLine, ofExitCode, ofJestReport } from '../../.ci/count';

const report = (members: object): string =>
  JSON.stringify({ numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, numPendingTests: 0, numTodoTests: 0, ...members });

test.each([
  ['counts what passed, failed and was skipped', report({ numPassedTests: 7, numFailedTests: 2, numPendingTests: 1 }), 1, '7 passed, 2 failed, 1 skipped'],
  ['counts a test that is only promised as skipped', report({ numPassedTests: 1, numTodoTests: 2 }), 0, '1 passed, 0 failed, 2 skipped'],
  ['counts a file that cannot be loaded as a failure', report({ numPassedTests: 3, numRuntimeErrorTestSuites: 1 }), 1, '3 passed, 1 failed, 0 skipped'],
  ['counts a run that fails outside of a test as a failure', report({ numPassedTests: 3 }), 1, '3 passed, 1 failed, 0 skipped'],
  ['counts a run without any test as a failure', report({}), 0, '0 passed, 1 failed, 0 skipped'],
  ['counts a run that left no report as a failure', undefined, 0, '0 passed, 1 failed, 0 skipped'],
  ['counts a report cut short as a failure', '{"numPassedTests": 3', 0, '0 passed, 1 failed, 0 skipped'],
  ['counts a report of another shape as a failure', '{"numPassedTests": 3}', 0, '0 passed, 1 failed, 0 skipped'],
])('the test runner %s', (_rule, text, code, line) => {
  expect(closingLine([ofJestReport(text, code)])).toBe(line);
});

test('the closing line adds up the steps', () => {
  expect(closingLine([ofExitCode(0), ofExitCode(2), ofJestReport(report({ numPassedTests: 5, numPendingTests: 1 }), 0)])).toBe('6 passed, 1 failed, 1 skipped');
});
