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

/** What a pool is beside its size. */
export interface PoolOptions {
  readonly templateName?: string;
  readonly updateStrategy?: 'Recreate' | 'OnReplenish';
}

export const template = (name = TEMPLATE): object => ({ metadata: { name }, spec: blueprint });
export const pool = (name: string, replicas: number, { templateName = TEMPLATE, updateStrategy: type }: PoolOptions = {}): object => ({
  metadata: { name },
  spec: { replicas, sandboxTemplateRef: { name: templateName }, ...(type && { updateStrategy: { type } }) },
});
export const claim = (name: string, poolName: string): object => ({ metadata: { name }, spec: { warmPoolRef: { name: poolName } } });
/** A Sandbox without template and pool, with a Service. */
export const sandbox = (name: string): object => ({ metadata: { name }, spec: { podTemplate: blueprint.podTemplate, service: true } });
/** What a new image changes of a template: the container by name would not do, as a merge patch replaces lists. */
export const newImage = (image: string): object => ({
  spec: { podTemplate: { spec: { containers: blueprint.podTemplate.spec.containers.map((container) => ({ ...container, image })) } } },
});
