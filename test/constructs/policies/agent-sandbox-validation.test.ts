import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ValidationContext, type Validation } from 'cdk8s-cli/plugins';
import { AgentSandboxValidation, type AgentSandboxPolicyOptions } from '../../../src';

const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-validation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ALICE = `apiVersion: agents.x-k8s.io/v1beta1
kind: Sandbox
metadata: { name: alice, namespace: team-a }
spec: { podTemplate: { spec: { hostNetwork: true, hostPID: true, containers: [] } } }
`;

/** The report of cdk8s-cli itself on one file. */
async function reportOn(yaml: string, properties?: AgentSandboxPolicyOptions) {
  const file = join(folder, 'agents.k8s.yaml');
  writeFileSync(file, yaml);
  const context = new ValidationContext([file], 'cdk8s-agent-sandbox', '0.1.0', { alice: { path: 'agents/alice' } }, false);
  const plugin: Validation = new AgentSandboxValidation(properties);
  await plugin.validate(context);
  return context.report;
}

test('each broken policy is a violation with the objects and fields that break it', async () => {
  const report = await reportOn(ALICE);
  expect(report.success).toBe(false);
  expect(report.toJson()).toMatchObject({
    summary: { status: 'failure', metadata: { Objects: '1' } },
    violations: [
      {
        ruleName: 'allowedHostAccess',
        recommendation: 'Code that an agent wrote must not get out of its Sandbox into the node.',
        fix: 'Remove the field. If the Sandbox cannot do without it, name the access in allowedHostAccess.',
        violatingConstructs: [
          {
            resourceName: 'alice',
            constructPath: 'agents/alice',
            manifestPath: join(folder, 'agents.k8s.yaml'),
            locations: [
              'Sandbox team-a/alice spec.podTemplate.spec.hostNetwork: found true, expected false, or hostNetwork in allowedHostAccess',
              'Sandbox team-a/alice spec.podTemplate.spec.hostPID: found true, expected false, or hostPID in allowedHostAccess',
            ],
          },
        ],
      },
    ],
  });
});

test('an app that keeps the policies succeeds', async () => {
  const report = await reportOn(ALICE.replace('hostNetwork: true, hostPID: true, ', ''));
  expect(report.success).toBe(true);
  expect(report.toJson().violations).toEqual([]);
});

test('the construct is left out where cdk8s-cli would show that of another object of the same name', async () => {
  const service = '---\napiVersion: v1\nkind: Service\nmetadata: { name: alice, namespace: team-a }\n';
  const [violation] = (await reportOn(ALICE + service)).toJson().violations;
  expect(violation?.violatingConstructs).toMatchObject([{ resourceName: 'Sandbox team-a/alice', constructPath: undefined }]);
});

test('a property that is misspelt is an error before anything is validated', () => {
  // As cdk8s.yaml would pass it.
  const properties = { baselin: 'x' } as AgentSandboxPolicyOptions;
  expect(() => new AgentSandboxValidation(properties)).toThrow(
    'cdk8s.yaml: validations: AgentSandboxValidation: properties.baselin: unknown policy; did you mean baseline?',
  );
});

test('a baseline that is the output folder is an error', async () => {
  await expect(reportOn(ALICE, { baseline: folder })).rejects.toThrow('synthesis writes into this folder');
});
