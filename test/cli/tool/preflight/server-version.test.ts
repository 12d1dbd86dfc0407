import { judgeServerVersion, TESTED_MINOR } from '../../../../src/cli/tool/preflight/server-version';
import { recipeOf } from '../../../cluster/components';

test('the tested version is that of the API server on which the tests of this repository run', () => {
  expect(recipeOf('kube-apiserver').version).toMatch(new RegExp(`^v1\\.${TESTED_MINOR}\\.`));
});

test.each([
  ['1', '28', 'failed', 'upgrade the cluster to 1.29 or newer'],
  ['1', '29+', 'warning', 'leave out AgentSandboxPolicies'],
  ['1', '30', 'ok', 'nothing'],
  ['1', '37', 'ok', 'nothing'],
  ['1', '38', 'warning', 'look for a newer release'],
  ['2', '0', 'warning', 'nothing is known of this version'],
  ['1', '', 'warning', 'nothing is known of this version'],
])('an API server of version %s.%s: %s', (major, minor, verdict, todo) => {
  const finding = judgeServerVersion({ major, minor, gitVersion: `v${major}.${minor}.0` });
  expect(finding.verdict).toBe(verdict);
  expect(finding.found).toContain(`v${major}.${minor}.0`);
  expect(finding.todo ?? 'nothing').toContain(todo);
});
