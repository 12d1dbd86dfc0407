import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user that the API server knows by a token. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A user with the token that was made for it. */
export interface TokenUser extends User {
  readonly token: string;
}

/** The administrator, whom no RBAC rule restricts. */
export const ADMIN: User = { name: 'admin', groups: ['system:masters'] };

/** Actors of the control plane have users of their own, so that the audit log tells their writes apart. */
export const CONTROLLER_MANAGER: User = { name: 'system:kube-controller-manager', groups: ['system:masters'] };
export const SCHEDULER: User = { name: 'system:kube-scheduler', groups: ['system:masters'] };

// RequestReceived would list every request twice.
const AUDIT_POLICY = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] };

/** Gives each user a token and writes the file that kube-apiserver reads them from. */
export function writeTokens(folder: string, users: readonly User[]): { readonly file: string; readonly users: readonly TokenUser[] } {
  const withTokens = users.map((user) => ({ ...user, token: randomUUID() }));
  const file = join(folder, 'tokens.csv');
  writeFileSync(file, withTokens.map(({ token, name, groups }) => `${token},${name},${name},"${groups.join(',')}"\n`).join(''), { mode: 0o600 });
  return { file, users: withTokens };
}

/** Writes the key that signs and verifies service account tokens. */
export function writeServiceAccountKey(folder: string): string {
  const file = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  return file;
}

/** Writes the audit policy: one line for each finished request, without bodies. */
export function writeAuditPolicy(folder: string): string {
  const file = join(folder, 'audit-policy.json');
  writeFileSync(file, JSON.stringify(AUDIT_POLICY));
  return file;
}

/** Writes a kubeconfig (JSON is YAML) for one user. */
export function writeKubeconfig(folder: string, server: string, caFile: string, user: TokenUser): string {
  const file = join(folder, `${user.name.replaceAll(':', '-')}.kubeconfig`);
  const name = 'test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name, user: { token: user.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
