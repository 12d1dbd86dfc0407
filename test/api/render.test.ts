import { specSchema } from '../../src/api/crds';
import { SANDBOX, SANDBOX_CLAIM, SANDBOX_WARM_POOL, type Kind } from '../../src/api/kinds';
import { render, RenderError } from '../../src/api/render';

const sandbox = (podSpec: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  podTemplate: { spec: { containers: [{ name: 'main' }], ...podSpec } },
  ...more,
});

function problemOf(kind: Kind, spec: unknown): string {
  try {
    render(specSchema(kind), spec, 'spec');
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
  return 'no error';
}

test.each<[string, Kind, unknown, string]>([
  [
    'an unknown field',
    SANDBOX,
    sandbox({ restartPolcy: 'Always' }),
    'spec.podTemplate.spec.restartPolcy: unknown field; the API server would drop it; did you mean restartPolicy?',
  ],
  [
    'an unknown field with a name that every object has',
    SANDBOX_WARM_POOL,
    { sandboxTemplateRef: { name: 't' }, constructor: 5 },
    'spec.constructor: unknown field; the API server would drop it; known are readinessGracePeriodSeconds, replicas, sandboxTemplateRef, updateStrategy',
  ],
  ['a missing field', SANDBOX, { podTemplate: { spec: {} } }, 'spec.podTemplate.spec.containers: is required and missing or empty'],
  ['a wrong type', SANDBOX, sandbox({ hostNetwork: 'yes' }), 'spec.podTemplate.spec.hostNetwork: expected true or false, found "yes"'],
  ['null', SANDBOX, sandbox({ nodeName: null }), 'spec.podTemplate.spec.nodeName: null is not a value; leave the field out'],
  [
    'a wrong word',
    SANDBOX,
    sandbox({}, { operatingMode: 'Suspend' }),
    'spec.operatingMode: "Suspend" is not one of Running, Suspended; did you mean Suspended?',
  ],
  [
    'a wrong time',
    SANDBOX,
    sandbox({}, { shutdownTime: 'tomorrow' }),
    'spec.shutdownTime: "tomorrow" is not a time; expected RFC 3339 such as 2027-01-31T18:00:00Z',
  ],
  ['a number below the least', SANDBOX_WARM_POOL, { sandboxTemplateRef: { name: 't' }, replicas: -1 }, 'spec.replicas: -1 is too small; the least is 0'],
  ['a fraction', SANDBOX_WARM_POOL, { sandboxTemplateRef: { name: 't' }, replicas: 1.5 }, 'spec.replicas: expected a whole number, found 1.5'],
  [
    'a duplicate environment variable',
    SANDBOX,
    sandbox({
      containers: [
        {
          name: 'main',
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      ],
    }),
    'spec.podTemplate.spec.containers[0].env[1]: repeats name "A" of item 0; the API server refuses that. Remove one of the two',
  ],
  [
    'a wrong quantity',
    SANDBOX,
    sandbox({ containers: [{ name: 'main', resources: { limits: { cpu: 'half' } } }] }),
    'spec.podTemplate.spec.containers[0].resources.limits["cpu"]: "half" is not a quantity; expected a form such as 500m, 2 or 1Gi',
  ],
])('%s is refused with its path and a remedy', (_, kind, spec, problem) => {
  expect(problemOf(kind, spec)).toBe(problem);
});

test('names in the spelling of jsii come out in the spelling of the API', () => {
  expect(render(specSchema(SANDBOX), sandbox({ hostIpc: true, setHostnameAsFqdn: true }), 'spec')).toEqual(sandbox({ hostIPC: true, setHostnameAsFQDN: true }));
});

test('defaults are filled in inside list items and nowhere else', () => {
  const spec = sandbox({ containers: [{ name: 'main', ports: [{ containerPort: 80 }] }], imagePullSecrets: [{}] });
  expect(render(specSchema(SANDBOX), spec, 'spec')).toEqual(
    sandbox({ containers: [{ name: 'main', ports: [{ containerPort: 80, protocol: 'TCP' }] }], imagePullSecrets: [{ name: '' }] }),
  );
});

test('empty lists are left out, empty objects are kept', () => {
  const spec = sandbox({ volumes: [{ name: 'tmp', emptyDir: {} }], tolerations: [] });
  expect(render(specSchema(SANDBOX), spec, 'spec')).toEqual(sandbox({ volumes: [{ name: 'tmp', emptyDir: {} }] }));
});

test('a Date is written with seconds', () => {
  const spec = { warmPoolRef: { name: 'p' }, lifecycle: { shutdownTime: new Date('2027-01-31T18:00:00.123Z') } };
  expect(render(specSchema(SANDBOX_CLAIM), spec, 'spec')).toEqual({ warmPoolRef: { name: 'p' }, lifecycle: { shutdownTime: '2027-01-31T18:00:00Z' } });
});

test('rendering what was rendered changes nothing', () => {
  const once = render(
    specSchema(SANDBOX),
    sandbox({ containers: [{ name: 'main', ports: [{ containerPort: 80 }], resources: { limits: { cpu: 0.5 } } }] }),
    'spec',
  );
  expect(render(specSchema(SANDBOX), once, 'spec')).toEqual(once);
});
