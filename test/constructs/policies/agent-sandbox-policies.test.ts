import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Testing, YamlOutputType, type AppProps } from 'cdk8s';
import {
  AgentSandboxPolicies,
  FastApp,
  KubeSandbox,
  LimitedResource,
  Sandbox,
  SandboxTemplate,
  type AgentSandboxPolicyOptions,
  type SandboxSpec,
} from '../../../src';

const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-policies-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CONTAINER = { name: 'main', image: 'ghcr.io/acme/agent', securityContext: { allowPrivilegeEscalation: false }, resources: { limits: { memory: '1Gi' } } };
const SPEC = { podTemplate: { spec: { containers: [CONTAINER] } } } as unknown as SandboxSpec;

function sandbox(app: App, chart: string, name: string, spec: SandboxSpec = SPEC): void {
  new KubeSandbox(new Chart(app, chart), 'sandbox', { metadata: { name, namespace: chart }, spec });
}
function messageOf(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
function enforced(options?: AgentSandboxPolicyOptions, props: AppProps = {}): App {
  const app = new App({ outdir: join(folder, 'dist'), ...props });
  AgentSandboxPolicies.enforce(app, options);
  return app;
}

test('an app that keeps the policies is synthesized', () => {
  const app = enforced({ allowedRegistries: ['ghcr.io/acme'] });
  sandbox(app, 'a', 'alice');
  expect(app.synthYaml()).toContain('name: alice');
});

test('an error names the policy, the object, its construct, the field, what was found and expected, and the remedy', () => {
  const app = enforced({ allowedRuntimeClasses: ['gvisor'] });
  sandbox(app, 'team-a', 'alice');
  expect(() => app.synth()).toThrow(
    'allowedRuntimeClasses: Sandbox team-a/alice (team-a/sandbox) spec.podTemplate.spec.runtimeClassName: found nothing, expected gvisor. Choose an allowed RuntimeClass',
  );
});

test('what Sandbox and SandboxTemplate render by default has no access to its node, and lacks only what nobody but the user knows', () => {
  const app = enforced({ requiredLimits: [LimitedResource.MEMORY] });
  const chart = new Chart(app, 'team-a');
  const containers = [{ image: 'ghcr.io/acme/agent' }];
  new Sandbox(chart, 'alice', { metadata: { name: 'alice' }, containers });
  new SandboxTemplate(chart, 'python', { containers });
  const lines = messageOf(() => app.synthYaml())
    .split('\n')
    .filter((line) => line.startsWith('  ['));
  expect(lines.map((line) => line.split(':')[0])).toEqual(['  [] requiredLimits', '  [] requiredLimits']);
});

test('a chart can have policies of its own', () => {
  const app = new App();
  sandbox(app, 'a', 'alice');
  const strict = new Chart(app, 'b');
  AgentSandboxPolicies.enforce(strict, { allowedRuntimeClasses: ['gvisor'] });
  expect(app.synthYaml()).toContain('name: alice');
  new KubeSandbox(strict, 'sandbox', { spec: SPEC });
  expect(() => void Testing.synth(strict)).toThrow('[b] allowedRuntimeClasses: Sandbox b-sandbox');
});

test('an option that is misspelt is an error at once', () => {
  // As plain JavaScript would pass it.
  const options = { allowedRuntimeClass: ['gvisor'] } as AgentSandboxPolicyOptions;
  expect(() => AgentSandboxPolicies.enforce(new App(), options)).toThrow(
    'AgentSandboxPolicies.enforce: options.allowedRuntimeClass: unknown policy; did you mean allowedRuntimeClasses?',
  );
});

describe('two Sandboxes of one name in two namespaces', () => {
  const synth = (app: App, second = 'alice') => {
    sandbox(app, 'team-a', 'alice');
    sandbox(app, 'team-b', second);
    app.synth();
  };
  const trap =
    'uniqueObjects/outputFile: Sandbox team-b/alice (team-b/sandbox) metadata.name: found file Sandbox.alice, which Sandbox team-a/alice of team-a/sandbox';

  test('would lose one where each object has its file', () => {
    expect(() => synth(enforced({}, { yamlOutputType: YamlOutputType.FILE_PER_RESOURCE }))).toThrow(trap);
  });

  test('would lose one with FastApp too', () => {
    const app = new FastApp({ outdir: join(folder, 'dist'), yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
    AgentSandboxPolicies.enforce(app);
    expect(() => synth(app)).toThrow(trap);
  });

  test.each([YamlOutputType.FILE_PER_APP, YamlOutputType.FILE_PER_CHART, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE])('lose nothing with %s', (type) => {
    expect(() => synth(enforced({}, { yamlOutputType: type }))).not.toThrow();
  });

  test('with two names lose nothing', () => {
    expect(() => synth(enforced({}, { yamlOutputType: YamlOutputType.FILE_PER_RESOURCE }), 'bob')).not.toThrow();
  });

  test('of one chart lose one also where each chart has its folder', () => {
    const app = enforced({}, { yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE });
    const chart = new Chart(app, 'chart');
    ['a', 'b'].forEach((namespace) => new ApiObject(chart, namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'same', namespace } }));
    expect(() => app.synth()).toThrow('uniqueObjects/outputFile: ConfigMap b/same (chart/b) metadata.name: found file chart/ConfigMap.same');
  });
});

describe('a baseline', () => {
  const spec = (storage: string) =>
    ({ ...SPEC, volumeClaimTemplates: [{ metadata: { name: 'work' }, spec: { resources: { requests: { storage } } } }] }) as unknown as SandboxSpec;
  const before = (name: string, content?: string) => {
    const path = join(folder, name);
    mkdirSync(join(path, 'nested'), { recursive: true });
    if (content !== undefined) writeFileSync(join(path, 'nested', 'agents.k8s.yaml'), content);
    return path;
  };
  const rendered = (storage: string) => {
    const app = new App();
    sandbox(app, 'team-a', 'alice', spec(storage));
    return app.synthYaml();
  };

  test('of the same app is kept, and a change of volumes is found in subfolders too', () => {
    const baseline = before('same', rendered('1Gi'));
    const [same, changed] = ['1Gi', '2Gi'].map((storage) => {
      const app = enforced({ baseline });
      sandbox(app, 'team-a', 'alice', spec(storage));
      return () => app.synthYaml();
    });
    expect(same).not.toThrow();
    expect(changed).toThrow('storage: found "2Gi", expected "1Gi" as in');
  });

  test.each([
    ['that is missing', () => join(folder, 'missing'), 'cannot be read (ENOENT'],
    ['without manifests', () => before('empty'), 'expected rendered manifests (*.yaml or *.yml), found none'],
    ['with the marker of a merge conflict', () => before('conflict', '<<<<<<< HEAD\n'), 'agents.k8s.yaml: expected Kubernetes objects, found "<<<<<<< HEAD"'],
    ['that is the output folder', () => join(folder, 'dist'), 'synthesis writes into this folder'],
    ['around the output folder', () => folder, 'synthesis writes into this folder'],
  ])('%s is an error, because a check against nothing would pass', (_, baseline, problem) => {
    const app = enforced({ baseline: baseline() });
    sandbox(app, 'team-a', 'alice');
    expect(() => app.synth()).toThrow(problem);
  });
});
