import fc from 'fast-check';
import { HostAccess, LimitedResource } from '../../../src';
import { breaches } from '../../../src/constructs/policies/policies';
import { renderedObjects, type RenderedObject } from '../../../src/constructs/policies/rendered-object';
import { EXTENSIONS, findings, object, sandbox } from './manifests';

const withPod = (spec: object) => sandbox({ podTemplate: { spec } });
const withContainer = (container: object) => withPod({ containers: [{ name: 'main', ...container }] });
const CONTAINER = 'spec.podTemplate.spec.containers[0]';

describe('requiredLimits', () => {
  const memory = { requiredLimits: [LimitedResource.MEMORY] };
  const missing = `requiredLimits ${CONTAINER}.resources.limits.memory: found nothing, expected a limit greater than zero`;

  test.each<[string, object, string[]]>([
    ['no resources', {}, [missing]],
    ['a request only', { resources: { requests: { memory: '1Gi' } } }, [missing]],
    ['a limit of something else', { resources: { limits: { cpu: '1' } } }, [missing]],
    ['a limit', { resources: { limits: { memory: '1Gi' } } }, []],
    ['a limit in bytes', { resources: { limits: { memory: 1073741824 } } }, []],
    ['a limit below one', { resources: { limits: { memory: '0.5Gi' } } }, []],
    ...['0', 0, '0Mi', '0.0', '0e3'].map((zero): [string, object, string[]] => [
      `a limit of ${JSON.stringify(zero)}, which is none`,
      { resources: { limits: { memory: zero } } },
      [missing.replace('nothing', JSON.stringify(zero))],
    ]),
  ])('%s', (_, container, expected) => {
    expect(findings([withContainer(container)], memory)).toEqual(expected);
  });

  test('a limit of the whole Pod is enough', () => {
    expect(findings([withPod({ resources: { limits: { memory: '1Gi' } }, containers: [{ name: 'main' }] })], memory)).toEqual([]);
  });

  test('init containers and templates need one too, ephemeral containers can have none', () => {
    const spec = { initContainers: [{ name: 'init' }], ephemeralContainers: [{ name: 'debug' }] };
    expect(findings([object(EXTENSIONS, 'SandboxTemplate', 'python', { podTemplate: { spec } })], memory)).toEqual([
      missing.replace('containers', 'initContainers'),
    ]);
  });

  test('CPU and disk space are checked when asked for', () => {
    const options = { requiredLimits: [LimitedResource.CPU, LimitedResource.EPHEMERAL_STORAGE] };
    expect(findings([withContainer({ resources: { limits: { cpu: '500m' } } })], options)).toEqual([missing.replace('memory', 'ephemeral-storage')]);
  });

  test('other kinds are not looked at', () => {
    const spec = { podTemplate: { spec: { containers: [{ name: 'main' }] } } };
    expect(findings([object('other.example/v1', 'Sandbox', 'a', spec), object('agents.x-k8s.io/v1beta1', 'SandboxTemplate', 'b', spec)], memory)).toEqual([]);
  });
});

describe('allowedRuntimeClasses', () => {
  test.each<[object, string[]]>([
    [{ runtimeClassName: 'gvisor' }, []],
    [{ runtimeClassName: 'runc' }, ['allowedRuntimeClasses spec.podTemplate.spec.runtimeClassName: found "runc", expected gvisor or kata-qemu']],
    [{}, ['allowedRuntimeClasses spec.podTemplate.spec.runtimeClassName: found nothing, expected gvisor or kata-qemu']],
  ])('%j', (spec, expected) => {
    expect(findings([withPod(spec)], { allowedRuntimeClasses: ['gvisor', 'kata-qemu'] })).toEqual(expected);
  });
});

describe('images', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;

  test.each<[string, string | undefined]>([
    ['ghcr.io/acme/agent:1', undefined],
    ['redis', undefined],
    ['ghcr.io/other/agent', '"ghcr.io/other/agent", from ghcr.io/other/agent'],
    ['acme/agent', '"acme/agent", from docker.io/acme/agent'],
    ['Not An Image', '"Not An Image", which is no image reference'],
  ])('the registry of %s', (image, found) => {
    const expected =
      found === undefined ? [] : [`allowedRegistries ${CONTAINER}.image: found ${found}, expected an image from ghcr.io/acme or docker.io/library`];
    expect(findings([withContainer({ image })], { allowedRegistries: ['ghcr.io/acme/', 'docker.io/library'] })).toEqual(expected);
  });

  test.each<[string, boolean]>([
    [`ghcr.io/acme/agent@${DIGEST}`, true],
    [`ghcr.io/acme/agent:1@${DIGEST}`, true],
    ['ghcr.io/acme/agent:1', false],
    ['ghcr.io/acme/agent@sha256:abc', false],
  ])('the digest of %s', (image, has) => {
    const expected = `requireDigest ${CONTAINER}.image: found "${image}", expected an image with @sha256: and 64 hexadecimal digits`;
    expect(findings([withContainer({ image })], { requireDigest: true })).toEqual([expected].slice(has ? 1 : 0));
  });

  test('images of init and ephemeral containers and of image volumes count, containers without one do not', () => {
    const image = 'evil.example/x';
    const pod = {
      containers: [{ name: 'main' }],
      initContainers: [{ name: 'init', image }],
      ephemeralContainers: [{ name: 'debug', image }],
      volumes: [
        { name: 'empty', emptyDir: {} },
        { name: 'tools', image: { reference: image } },
      ],
    };
    const found = findings([withPod(pod)], { allowedRegistries: ['ghcr.io'] });
    expect(found.map((text) => text.split(':')[0])).toEqual([
      'allowedRegistries spec.podTemplate.spec.initContainers[0].image',
      'allowedRegistries spec.podTemplate.spec.ephemeralContainers[0].image',
      'allowedRegistries spec.podTemplate.spec.volumes[1].image.reference',
    ]);
  });
});

describe('allowedHostAccess', () => {
  const safe = { name: 'main', securityContext: { allowPrivilegeEscalation: false } };
  const with_ = (securityContext: object) => ({ containers: [{ ...safe, securityContext: { allowPrivilegeEscalation: false, ...securityContext } }] });
  const POD = 'spec.podTemplate.spec';

  const ROWS: readonly [HostAccess, object, string][] = [
    [HostAccess.HOST_NETWORK, { hostNetwork: true }, `${POD}.hostNetwork: found true`],
    [HostAccess.HOST_PID, { hostPID: true }, `${POD}.hostPID: found true`],
    [HostAccess.HOST_IPC, { hostIPC: true }, `${POD}.hostIPC: found true`],
    [HostAccess.HOST_PATH, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }, `${POD}.volumes[0].hostPath: found {"path":"/"}`],
    [
      HostAccess.HOST_PORT,
      { containers: [{ ...safe, ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 81 }] }] },
      `${CONTAINER}.ports[1].hostPort: found 81`,
    ],
    [HostAccess.HOST_PROCESS, { securityContext: { windowsOptions: { hostProcess: true } } }, `${POD}.securityContext.windowsOptions.hostProcess: found true`],
    [HostAccess.HOST_PROCESS, with_({ windowsOptions: { hostProcess: true } }), `${CONTAINER}.securityContext.windowsOptions.hostProcess: found true`],
    [
      HostAccess.PROBE_HOST,
      { containers: [{ ...safe, livenessProbe: { httpGet: { port: 80, host: '169.254.169.254' } } }] },
      `${CONTAINER}.livenessProbe.httpGet.host: found "169.254.169.254"`,
    ],
    [
      HostAccess.PROBE_HOST,
      { containers: [{ ...safe, lifecycle: { preStop: { tcpSocket: { port: 80, host: '10.0.0.1' } } } }] },
      `${CONTAINER}.lifecycle.preStop.tcpSocket.host: found "10.0.0.1"`,
    ],
    [HostAccess.PRIVILEGED, with_({ privileged: true }), `${CONTAINER}.securityContext.privileged: found true`],
    [
      HostAccess.PRIVILEGE_ESCALATION,
      { containers: [{ name: 'main' }] },
      `${CONTAINER}.securityContext.allowPrivilegeEscalation: found nothing, expected false (absent means true)`,
    ],
    [HostAccess.PRIVILEGE_ESCALATION, with_({ allowPrivilegeEscalation: true }), `${CONTAINER}.securityContext.allowPrivilegeEscalation: found true`],
    [
      HostAccess.CAPABILITIES,
      with_({ capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } }),
      `${CONTAINER}.securityContext.capabilities.add: found ["NET_ADMIN"]`,
    ],
    [HostAccess.PROC_MOUNT, with_({ procMount: 'Unmasked' }), `${CONTAINER}.securityContext.procMount: found "Unmasked"`],
    [
      HostAccess.SECCOMP_UNCONFINED,
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      `${POD}.securityContext.seccompProfile.type: found "Unconfined"`,
    ],
    [
      HostAccess.APP_ARMOR_UNCONFINED,
      with_({ appArmorProfile: { type: 'Unconfined' } }),
      `${CONTAINER}.securityContext.appArmorProfile.type: found "Unconfined"`,
    ],
    [HostAccess.SE_LINUX_OPTIONS, with_({ seLinuxOptions: { type: 'spc_t' } }), `${CONTAINER}.securityContext.seLinuxOptions.type: found "spc_t"`],
    [
      HostAccess.SE_LINUX_OPTIONS,
      { securityContext: { seLinuxOptions: { user: 'system_u' } } },
      `${POD}.securityContext.seLinuxOptions.user: found "system_u"`,
    ],
    [
      HostAccess.SE_LINUX_OPTIONS,
      { securityContext: { seLinuxOptions: { role: 'sysadm_r' } } },
      `${POD}.securityContext.seLinuxOptions.role: found "sysadm_r"`,
    ],
    [
      HostAccess.SYSCTLS,
      { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
      `${POD}.securityContext.sysctls: found [{"name":"kernel.msgmax","value":"1"}]`,
    ],
  ];

  test.each(ROWS)('%s: %j', (access, pod, found) => {
    const objects = [withPod({ containers: [safe], ...pod })];
    const others = Object.values(HostAccess).filter((other) => other !== access);
    expect(findings(objects, { allowedHostAccess: others })).toEqual([expect.stringContaining(`allowedHostAccess ${found}`)]);
    expect(findings(objects, { allowedHostAccess: others })).toEqual([expect.stringMatching(new RegExp(`, or ${access} in allowedHostAccess$`))]);
    expect(findings(objects, { allowedHostAccess: [access] })).toEqual([]);
  });

  test('each kind of access has a row', () => {
    expect(Object.values(HostAccess).filter((access) => !ROWS.some(([of]) => of === access))).toEqual([]);
  });

  test('a hardened Pod that says so in every field has no access', () => {
    const contained = {
      seccompProfile: { type: 'RuntimeDefault' },
      appArmorProfile: { type: 'RuntimeDefault' },
      seLinuxOptions: { type: 'container_t', level: 's0:c1,c2' },
      windowsOptions: { hostProcess: false },
    };
    const container = {
      ...with_({ ...contained, privileged: false, procMount: 'Default', capabilities: { add: [], drop: ['ALL'] } }).containers[0],
      ports: [{ containerPort: 80, hostPort: 0 }],
      livenessProbe: { httpGet: { port: 80, host: '' } },
    };
    const pod = {
      hostNetwork: false,
      hostPID: false,
      hostIPC: false,
      hostUsers: false,
      securityContext: { ...contained, sysctls: [] },
      volumes: [{ name: 'v', emptyDir: {} }],
    };
    expect(
      findings([withPod({ ...pod, containers: [container], initContainers: [container], ephemeralContainers: [container] })], { allowedHostAccess: [] }),
    ).toEqual([]);
  });

  test('Windows knows no privilege escalation', () => {
    expect(findings([withPod({ os: { name: 'windows' }, containers: [{ name: 'main' }] })], { allowedHostAccess: [] })).toEqual([]);
  });

  test('every list of containers is looked at', () => {
    const list = [{ ...safe, securityContext: { allowPrivilegeEscalation: false, privileged: true } }];
    expect(findings([withPod({ containers: list, initContainers: list, ephemeralContainers: list })], { allowedHostAccess: [] })).toHaveLength(3);
  });
});

describe('uniqueObjects', () => {
  const unique = { uniqueObjects: true };
  const map = (apiVersion: string, namespace: string, source: string, outputFile?: string): RenderedObject => ({
    ...object(apiVersion, 'Thing', 'a', {}, { namespace }),
    source,
    outputFile,
  });

  test('an object in two files is found, also in another version of its group', () => {
    expect(findings([map('apps/v1', 'x', 'one.yaml'), map('apps/v1beta1', 'x', 'two.yaml')], unique)).toEqual([
      'uniqueObjects metadata.name: found the same object in one.yaml and two.yaml, expected one',
    ]);
  });

  test('another namespace or group makes another object, and objects without a name are always new', () => {
    const nameless = object('v1', 'Pod', '', {}, { generateName: 'a-' });
    expect(findings([map('apps/v1', 'x', 'f'), map('apps/v1', 'y', 'f'), map('v1', 'x', 'f'), nameless, nameless], unique)).toEqual([]);
  });

  test.each([
    ['two namespaces', map('v1', 'x', 'app/x', 'Thing.a'), map('v1', 'y', 'app/y', 'Thing.a')],
    ['two groups', map('v1', 'x', 'app/x', 'Thing.a'), map('apps/v1', 'x', 'app/y', 'Thing.a')],
  ])('of two objects in %s one would overwrite the file of the other', (_, first, second) => {
    expect(findings([first, second], unique)).toEqual([
      'uniqueObjects/outputFile metadata.name: found file Thing.a, which Thing x/a of app/x is written to, expected a file of its own',
    ]);
  });

  test('one object rendered twice is told once', () => {
    const twice = map('v1', 'x', 'app/x', 'Thing.a');
    expect(findings([twice, { ...twice }], unique)).toEqual([expect.stringMatching(/^uniqueObjects metadata/)]);
  });
});

test('by default memory limits, the node and duplicates are checked, and nothing that depends on the cluster', () => {
  const objects = [withPod({ hostNetwork: true, containers: [{ name: 'main', image: 'anything', securityContext: { allowPrivilegeEscalation: false } }] })];
  expect(breaches({ objects: [...objects, ...objects] }, {}).map(({ policy }) => policy.name)).toEqual([
    'allowedHostAccess',
    'requiredLimits',
    'uniqueObjects',
  ]);
});

test('a manifest of any shape gets an answer, never a crash', () => {
  const all = { requiredLimits: Object.values(LimitedResource), allowedRuntimeClasses: ['gvisor'], allowedRegistries: ['ghcr.io'], requireDigest: true };
  const names = fc.constantFrom(
    'spec',
    'podTemplate',
    'containers',
    'volumes',
    'securityContext',
    'image',
    'volumeClaimTemplates',
    'metadata',
    'resources',
    'limits',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 6 }, fc.jsonValue({ maxDepth: 1 }), fc.array(tie('tree'), { maxLength: 2 }), fc.dictionary(names, tie('tree'), { maxKeys: 4 })),
  }));
  fc.assert(
    fc.property(tree, tree, (spec, before) => {
      const made = (of: unknown) =>
        [{ manifest: { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name: 'a' }, spec: of }, source: 'f' }] as RenderedObject[];
      expect(breaches({ objects: made(spec), baseline: made(before) }, all)).toBeInstanceOf(Array);
    }),
  );
});

describe('renderedObjects', () => {
  test('takes lists apart and leaves empty documents out', () => {
    const pod = { kind: 'Pod', metadata: { name: 'a' } };
    expect(renderedObjects([null, { kind: 'List', items: [pod, { kind: 'SandboxList', items: [pod] }] }, { kind: 'Menu', items: ['soup'] }], 'f')).toEqual([
      { manifest: pod, source: 'f' },
      { manifest: pod, source: 'f' },
      { manifest: { kind: 'Menu', items: ['soup'] }, source: 'f' },
    ]);
  });

  test('refuses what is no object', () => {
    expect(() => renderedObjects(['<<<<<<< HEAD'], 'dist/agents.k8s.yaml')).toThrow(
      'dist/agents.k8s.yaml: expected Kubernetes objects, found "<<<<<<< HEAD"; remove what is not YAML',
    );
  });
});
