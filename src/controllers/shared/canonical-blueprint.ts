/**
 * The JSON of a blueprint in one canonical form (spec 02 §5.2): what means the same is the same text. A member that is not named here takes part all
 * the same, after those that are.
 */

/** How the members of one struct stand. */
interface Shape {
  readonly order: readonly string[];
  /** Shapes of members, by name; lists have that of their items. */
  readonly of?: Readonly<Record<string, ShapeName>>;
  /** Stands there as `{}` when it is absent. */
  readonly always?: string;
}

type ShapeName = 'blueprint' | 'podTemplate' | 'volumeClaimTemplate' | 'metadata' | keyof typeof SHAPES_OF_CORE;

const words = (text: string): readonly string[] => text.split(/\s+/);

const PROBE = { livenessProbe: 'probe', readinessProbe: 'probe', startupProbe: 'probe' } as const;

/** Order of the struct fields in the Go types of core/v1, which equal hashes rest on. */
const SHAPES_OF_CORE = {
  podSpec: {
    order: words(
      `volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector
       serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace securityContext
       imagePullSecrets hostname subdomain affinity schedulerName tolerations hostAliases priorityClassName priority dnsConfig readinessGates
       runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates
       resourceClaims resources hostnameOverride schedulingGroup`,
    ),
    of: { containers: 'container', initContainers: 'container', ephemeralContainers: 'container', resources: 'resources' },
  },
  container: {
    order: words(
      `name image command args workingDir ports envFrom env resources resizePolicy restartPolicy restartPolicyRules volumeMounts volumeDevices
       livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin
       stdinOnce tty`,
    ),
    of: { ...PROBE, ports: 'port', env: 'variable', resources: 'resources', volumeMounts: 'mount', securityContext: 'containerSecurity' },
    always: 'resources',
  },
  port: { order: words('name hostPort containerPort protocol hostIP') },
  variable: { order: words('name value valueFrom') },
  resources: { order: words('limits requests claims') },
  mount: { order: words('name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr') },
  probe: {
    order: words(
      'exec httpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds',
    ),
  },
  containerSecurity: {
    order: words(
      `capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount
       seccompProfile appArmorProfile`,
    ),
  },
  claimSpec: {
    order: words('accessModes selector resources volumeName storageClassName volumeMode dataSource dataSourceRef volumeAttributesClassName'),
    of: { resources: 'resources' },
    always: 'resources',
  },
} as const;

const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  ...SHAPES_OF_CORE,
  blueprint: {
    order: words('podTemplate volumeClaimTemplates service'),
    of: { podTemplate: 'podTemplate', volumeClaimTemplates: 'volumeClaimTemplate' },
  },
  podTemplate: { order: words('spec metadata'), of: { spec: 'podSpec', metadata: 'metadata' }, always: 'metadata' },
  volumeClaimTemplate: { order: words('metadata spec'), of: { metadata: 'metadata', spec: 'claimSpec' }, always: 'metadata' },
  metadata: { order: words('name labels annotations') },
};

/** Maps, of which an empty one is the same as none, as it is with lists. `{}` elsewhere says something: `emptyDir: {}`. */
const MAPS = new Set(words('annotations labels limits matchLabels nodeSelector options overhead requests userAnnotations volumeAttributes'));

/** Scalars that Go keeps without a pointer: for them zero and absent are the same, wherever they stand. Others keep an explicit zero. */
const ZERO_IS_ABSENT = new Set(
  words(
    `dnsPolicy nodeName hostNetwork hostPID hostIPC hostname subdomain schedulerName priorityClassName serviceAccountName serviceAccount
     image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy stdin stdinOnce tty hostPort hostIP value readOnly subPath subPathExpr
     initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold prefix volumeName`,
  ),
);

/** Maps of quantities, and single ones with the member that they stand in. */
const QUANTITY_MAPS = new Set(words('limits requests overhead'));
const QUANTITIES = new Set(words('resourceFieldRef.divisor emptyDir.sizeLimit'));

/** How a quantity is written. */
type Spelling = (quantity: string) => string;

/** The text of a blueprint, or of a part of one. */
export function canonicalJson(value: object, shape: 'blueprint' | 'podTemplate', spelling: Spelling): string {
  return structText(value, { name: shape, shape: SHAPES[shape], spelling });
}

/** Where a value stands: the name of the member, and what is known of its struct. */
interface Place {
  readonly name: string;
  readonly shape?: Shape | undefined;
  readonly spelling: Spelling;
}

function structText(value: object, place: Place): string {
  const { shape, spelling } = place;
  const members = new Map<string, unknown>(Object.entries(value));
  if (shape?.always !== undefined && !members.has(shape.always)) members.set(shape.always, {});
  const names = [...(shape?.order ?? []), ...[...members.keys()].filter((name) => !shape?.order.includes(name)).sort()];
  const parts = names.flatMap((name) => {
    const member = members.get(name);
    if (isNothing(name, member) && name !== shape?.always) return [];
    // An empty label is a label.
    if (isZero(member) && ZERO_IS_ABSENT.has(name) && !MAPS.has(place.name)) return [];
    const inner = shape?.of?.[name];
    const isQuantity = QUANTITY_MAPS.has(place.name) || QUANTITIES.has(`${place.name}.${name}`);
    return `${jsonText(name)}:${isQuantity ? jsonText(spelling(String(member))) : valueText(member, { name, shape: inner && SHAPES[inner], spelling })}`;
  });
  return `{${parts.join(',')}}`;
}

function valueText(value: unknown, place: Place): string {
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, place)).join(',')}]`;
  return typeof value === 'object' && value !== null ? structText(value, place) : jsonText(value);
}

function isNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && MAPS.has(name) && Object.keys(value).length === 0;
}

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

/** As Go writes JSON, which hides what HTML and JavaScript take for markup. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
