import type { Blueprint } from '../../../src/controllers/shared/objects';

export const NAMESPACE = 'bench';
/** What is sent raw lies here: the controller does not watch it. */
export const RAW_NAMESPACE = 'raw';
export const TEMPLATE = 'agent';

/** A Pod as a team would write it; with the status and what the server keeps about fields a Sandbox of it has about 6 kB. */
const blueprint: Blueprint & { readonly networkPolicyManagement: 'Managed' } = {
  networkPolicyManagement: 'Managed',
  podTemplate: {
    metadata: { labels: { app: 'agent', team: 'research' }, annotations: { 'example.com/owner': 'research@example.com' } },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'main',
          ports: [{ name: 'http', containerPort: 8888, protocol: 'TCP' }],
          env: [
            { name: 'MODEL_ENDPOINT', value: 'http://models.example.svc:8080' },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          ...{ image: 'registry.example.com/agent:1.4.2', command: ['python', '-m', 'agent.server'], args: ['--port=8888'] },
          ...{ readinessProbe: { tcpSocket: { port: 8888 }, periodSeconds: 5 } },
          ...{ resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } } },
          ...{ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true } },
          ...{ volumeMounts: [{ name: 'workspace', mountPath: '/work' }] },
        },
      ],
      volumes: [{ name: 'workspace', ...{ emptyDir: { sizeLimit: '1Gi' } } }],
      ...{ securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } } },
    },
  },
};

export const template = (): object => ({ metadata: { name: TEMPLATE }, spec: blueprint });
export const pool = (name: string, replicas: number): object => ({ metadata: { name }, spec: { replicas, sandboxTemplateRef: { name: TEMPLATE } } });
export const claim = (name: string, poolName: string): object => ({ metadata: { name }, spec: { warmPoolRef: { name: poolName } } });
