import { EVENTS, LEASES, NETWORK_POLICIES, PODS, SERVICES, VOLUME_CLAIMS } from '../simulation/api/resource-types';
import { pod, type Api, type Start } from './backend';

const TIME = '2026-01-01T00:00:00.000000Z';

/** What the server knows of built-in kinds and the controllers rely on. */
export function describeBuiltIn(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
  });

  describe('Pods', () => {
    it('are pending, and have a generation', async () => {
      expect(await api.make(PODS, pod('plain'))).toMatchObject({ metadata: { generation: 1 }, status: { phase: 'Pending' } });
    });

    it('say when a gate holds them', async () => {
      const { status } = await api.make(PODS, pod('gated', { schedulingGates: [{ name: 'e.com/gate' }] }));
      expect(status).toMatchObject({
        phase: 'Pending',
        conditions: [
          {
            ...{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' },
            message: 'Scheduling is blocked due to non-empty scheduling gates',
          },
        ],
      });
    });

    it('drop fields that the server does not know', async () => {
      expect((await api.make(PODS, pod('pruned', { nonsense: 1 }))).spec).not.toHaveProperty('nonsense');
    });

    it('take a status from whoever may write it', async () => {
      await api.make(PODS, pod('status'));
      const podIPs = [{ ip: '10.0.0.1' }];
      const { body } = await api.patchStatus(PODS, 'status', { status: { phase: 'Running', podIP: '10.0.0.1', podIPs }, spec: { nodeName: 'no' } });
      expect(body).toMatchObject({ metadata: { generation: 1 }, status: { phase: 'Running', podIPs } });
      expect(body.spec).not.toHaveProperty('nodeName');
    });
  });

  describe('Services', () => {
    it('get what they do not say', async () => {
      const ports = [
        { port: 80, name: 'a' },
        { port: 81, name: 'b', targetPort: 8081, protocol: 'UDP' },
      ];
      const { spec } = await api.make(SERVICES, { metadata: { name: 'headless' }, spec: { clusterIP: 'None', selector: { x: 'y' }, ports } });
      expect(spec).toEqual({
        ...{ type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'], selector: { x: 'y' }, sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' },
        ...{ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
        ports: [
          { name: 'a', protocol: 'TCP', port: 80, targetPort: 80 },
          { name: 'b', protocol: 'UDP', port: 81, targetPort: 8081 },
        ],
      });
    });

    it('need no ports when headless, and no list of none is stored', async () => {
      const made = await api.make(SERVICES, { metadata: { name: 'bare' }, spec: { clusterIP: 'None', selector: { x: 'y' } } });
      expect(made.spec).not.toHaveProperty('ports');
      expect((await api.patch(SERVICES, 'bare', { spec: { ports: [] } })).body).toEqual(made);
      const { body } = await api.patch(SERVICES, 'bare', {
        spec: { ports: [{ port: 80, name: 'a', protocol: 'TCP', targetPort: 80 }], selector: { x: null, z: 'z' } },
      });
      expect(body.spec).toMatchObject({ ports: [{ port: 80, name: 'a', protocol: 'TCP', targetPort: 80 }], selector: { z: 'z' } });
      expect(body.metadata).not.toHaveProperty('generation');
    });

    it('get an address that never changes', async () => {
      const { spec } = await api.make(SERVICES, { metadata: { name: 'address' }, spec: { ports: [{ port: 80 }] } });
      expect(spec).toMatchObject({ clusterIP: expect.stringMatching(/^10\.0\./) as unknown });
      expect((await api.patch(SERVICES, 'address', { spec: { clusterIP: 'None' } })).body.message).toContain(
        'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
      );
    });

    it.each([
      ['1a', 201],
      ['a.b', 422],
      ['x'.repeat(63), 201],
    ])('may be called %s: %d', async (name, status) => {
      expect((await api.create(SERVICES, { metadata: { name }, spec: { clusterIP: 'None' } })).status).toBe(status);
    });
  });

  describe('PersistentVolumeClaims', () => {
    it('are protected and pending', async () => {
      const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
      expect(await api.make(VOLUME_CLAIMS, { metadata: { name: 'a' }, spec })).toMatchObject({
        metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
        spec: { ...spec, volumeMode: 'Filesystem' },
        status: { phase: 'Pending' },
      });
    });

    it('say how much they want, and how', async () => {
      const { status, body } = await api.create(VOLUME_CLAIMS, { metadata: { name: 'b' }, spec: {} });
      expect(status).toBe(422);
      expect(body.details).toMatchObject({ causes: [{ field: 'spec.accessModes' }, { field: 'spec.resources[storage]' }] });
    });
  });

  describe('NetworkPolicies', () => {
    it.each([
      ['nothing', { podSelector: {} }, { podSelector: {}, policyTypes: ['Ingress'] }],
      [
        'ports without protocol',
        { podSelector: {}, ingress: [{ ports: [{ port: 80 }], from: [{ podSelector: {} }] }], egress: [], policyTypes: ['Ingress', 'Egress'] },
        { podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: 'TCP' }], from: [{ podSelector: {} }] }], policyTypes: ['Ingress', 'Egress'] },
      ],
      [
        'egress without types',
        { podSelector: { matchLabels: { a: 'b' } }, egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }] },
        {
          podSelector: { matchLabels: { a: 'b' } },
          egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }],
          policyTypes: ['Ingress', 'Egress'],
        },
      ],
    ])('with %s are completed', async (what, spec, stored) => {
      expect((await api.make(NETWORK_POLICIES, { metadata: { name: what.replaceAll(' ', '-') }, spec })).spec).toEqual(stored);
    });

    it('count a generation for their spec', async () => {
      await api.make(NETWORK_POLICIES, { metadata: { name: 'generation' }, spec: { podSelector: {} } });
      expect((await api.patch(NETWORK_POLICIES, 'generation', { metadata: { labels: { a: 'b' } } })).body.metadata.generation).toBe(1);
      expect((await api.patch(NETWORK_POLICIES, 'generation', { spec: { ingress: [{}] } })).body).toMatchObject({
        metadata: { generation: 2 },
        spec: { podSelector: {}, ingress: [{}], policyTypes: ['Ingress'] },
      });
    });
  });

  describe('Leases', () => {
    it('hold times of six digits', async () => {
      const spec = { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime: TIME, acquireTime: TIME, leaseTransitions: 0 };
      expect((await api.make(LEASES, { metadata: { name: 'a' }, spec })).spec).toMatchObject(spec);
      expect((await api.create(LEASES, { metadata: { name: 'b' }, spec: { ...spec, renewTime: '2026-01-01T00:00:00.1Z' } })).status).toBe(400);
      expect((await api.patch(LEASES, 'a', { spec: { renewTime: '2026-01-01T00:00:00Z' } })).status).toBe(422);
      expect((await api.patch(LEASES, 'a', { spec: { leaseDurationSeconds: 0 } })).status).toBe(422);
      expect((await api.patch(LEASES, 'a', { spec: { holderIdentity: 'y', leaseTransitions: 1 } })).body.spec).toMatchObject({ holderIdentity: 'y' });
    });
  });

  describe('Events', () => {
    const event = (name: string, extra: object = {}) => ({
      ...{ metadata: { name }, eventTime: TIME, reportingController: 'c', reportingInstance: 'i', action: 'A', reason: 'R', type: 'Normal', note: 'n' },
      regarding: { apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: api.namespace },
      ...extra,
    });

    it('say who saw what, and can be counted up', async () => {
      expect(await api.make(EVENTS, event('e'))).toMatchObject(event('e'));
      const series = { count: 2, lastObservedTime: TIME };
      expect((await api.patch(EVENTS, 'e', { series })).body.series).toEqual(series);
      expect((await api.patch(EVENTS, 'e', { note: 'other' })).status).toBe(422);
    });

    it.each([
      ['no reporter', { reportingController: undefined }],
      ['no action', { action: '' }],
      ['an odd type', { type: 'Odd' }],
      ['a long note', { note: 'x'.repeat(1025) }],
    ])('are refused with %s', async (_, extra) => {
      expect((await api.create(EVENTS, event('bad', extra))).status).toBe(422);
    });
  });
}
