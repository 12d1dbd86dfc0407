/**
 * A Sandbox as a team would write it: 95 lines of YAML. The same for every contestant; only the number differs, which may be a template's
 * expression. `quantity` wraps ports and quantities, as the constructs that `cdk8s import` makes want it.
 */
export const sandboxSpec = (number: number | string, quantity: (value: number | string) => unknown = (value) => value): object => ({
  podTemplate: {
    metadata: { labels: { app: `agent-${number}`, team: 'research' }, annotations: { 'example.com/owner': `user-${number}@example.com` } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      runtimeClassName: 'gvisor',
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      nodeSelector: { 'example.com/pool': 'sandboxes' },
      tolerations: [{ key: 'sandbox', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
      containers: [
        {
          name: 'main',
          image: 'registry.example.com/agent:1.4.2',
          imagePullPolicy: 'IfNotPresent',
          command: ['python', '-m', 'agent.server'],
          args: ['--port=8888', `--name=agent-${number}`],
          env: [
            { name: 'AGENT_ID', value: `no ${number}` },
            { name: 'MODEL_ENDPOINT', value: 'http://models.example.svc:8080' },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          ports: [{ name: 'http', containerPort: 8888, protocol: 'TCP' }],
          readinessProbe: { tcpSocket: { port: quantity(8888) }, periodSeconds: 5 },
          resources: {
            requests: { cpu: quantity('250m'), memory: quantity('512Mi') },
            limits: { cpu: quantity('1'), memory: quantity('1Gi') },
          },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
          volumeMounts: [
            { name: 'workspace', mountPath: '/work' },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: { sizeLimit: quantity('1Gi') } }],
    },
  },
  volumeClaimTemplates: [
    {
      metadata: { name: 'workspace' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: quantity('10Gi') } }, storageClassName: 'fast' },
    },
  ],
  service: true,
  shutdownPolicy: 'Delete',
  operatingMode: 'Running',
});

/** The whole object, for the contestants that take text. */
export const sandbox = (number: number | string): object => ({
  apiVersion: 'agents.x-k8s.io/v1beta1',
  kind: 'Sandbox',
  metadata: { name: `agent-${number}`, namespace: 'team-a' },
  spec: sandboxSpec(number),
});
