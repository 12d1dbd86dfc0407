import { Construct } from 'constructs';
import { isDnsSubdomain } from '../../api/names';
import { clusterObject } from '../cluster-object';
import { MATCH_CONDITIONS, RESOURCE_RULES, VALIDATIONS, VARIABLES } from './late-findings';

/** Props of `LateFindingsPolicy`. */
export interface LateFindingsPolicyProps {
  /**
   * Whether such objects are refused. Otherwise whoever writes them gets a warning.
   * @default false - existing clients send such objects, and the API accepts them
   */
  readonly deny?: boolean;
  /**
   * Labels of the namespaces in which the policy applies.
   * @default - all namespaces
   */
  readonly namespaceLabels?: { readonly [key: string]: string };
  /**
   * Name of the policy and of its binding. Two policies in one cluster, such as a strict one for some namespaces, need two names.
   * @default agent-sandbox-late-findings
   */
  readonly name?: string;
}

/**
 * Tells people at once what the API accepts and the controller would find out late or never: a reference or a volume without a name, an
 * environment variable given twice, a name that leaves no room for the Service or the PersistentVolumeClaims, a time of shutdown that has
 * passed, a volume that no container mounts, and another pool for a claim that has its Sandbox. Only what a write changes is looked at, so
 * objects that are there already can always be suspended and deleted; what the controller writes is not looked at.
 *
 * A ValidatingAdmissionPolicy with its binding; Kubernetes 1.30 or newer.
 *
 * @example
 * new LateFindingsPolicy(chart, 'late-findings', { deny: true, namespaceLabels: { team: 'red' } });
 */
export class LateFindingsPolicy extends Construct {
  public constructor(scope: Construct, id: string, props: LateFindingsPolicyProps = {}) {
    super(scope, id);
    const { deny = false, namespaceLabels, name = 'agent-sandbox-late-findings' } = props;
    if (!isDnsSubdomain(name)) throw new Error(`${this.node.path}: name: found ${JSON.stringify(name)}, expected a DNS subdomain such as agent-sandbox-strict`);
    clusterObject(this, 'Policy', {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        // A rule that fails must not refuse what it would only warn about.
        failurePolicy: deny ? 'Fail' : 'Ignore',
        matchConstraints: { ...WHATEVER_MATCHES, resourceRules: RESOURCE_RULES },
        matchConditions: MATCH_CONDITIONS,
        variables: VARIABLES,
        validations: VALIDATIONS,
      },
    });
    clusterObject(this, 'Binding', {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: [deny ? 'Deny' : 'Warn'],
        ...(namespaceLabels && { matchResources: { ...WHATEVER_MATCHES, namespaceSelector: { matchLabels: namespaceLabels } } }),
      },
    });
  }
}

const API_VERSION = 'admissionregistration.k8s.io/v1';
/** What the API server fills in. It takes these structs as one value, so that applying less would be a change again and again. */
const WHATEVER_MATCHES = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };
