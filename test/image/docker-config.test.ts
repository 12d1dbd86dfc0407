import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findCredentials } from '../../src/image/docker-config';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'docker-config-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const find = (registry: string) => findCredentials(registry, { folder, environment: { PATH: [folder, process.env.PATH].join(delimiter) } });

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const write = (config: unknown): void => writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
/** A helper that knows one registry. */
function helper(name: string, answer: string, code = 0): void {
  writeFileSync(
    join(folder, `docker-credential-${name}`),
    `#!/bin/sh\nread key\n[ "$1" = get ] && printf '%s' '${answer}' | sed "s|KEY|$key|"\nexit ${code}\n`,
  );
  chmodSync(join(folder, `docker-credential-${name}`), 0o755);
}

test.each<[string, string, unknown, unknown]>([
  ['user and password', 'ghcr.io', { auths: { 'ghcr.io': { auth: base64('me:pass:word') } } }, { user: 'me', password: 'pass:word' }],
  ['user and password apart', 'ghcr.io', { auths: { 'ghcr.io': { username: 'me', password: 'p' } } }, { user: 'me', password: 'p' }],
  ['a registry with its scheme', 'ghcr.io', { auths: { 'https://ghcr.io': { auth: base64('me:p') } } }, { user: 'me', password: 'p' }],
  ['Docker Hub', 'docker.io', { auths: { 'https://index.docker.io/v1/': { auth: base64('me:p') } } }, { user: 'me', password: 'p' }],
  ['an identity token', 'ghcr.io', { auths: { 'ghcr.io': { identitytoken: 'refresh' } } }, { identityToken: 'refresh' }],
  ['another registry', 'ghcr.io', { auths: { 'quay.io': { auth: base64('me:p') } } }, undefined],
  ['an entry without anything', 'ghcr.io', { auths: { 'ghcr.io': {} } }, undefined],
  ['nothing', 'ghcr.io', {}, undefined],
])('%s', (_, registry, config, expected) => {
  write(config);
  expect(find(registry)).toEqual(expected);
});

test('without a file nobody has logged in', () => {
  expect(find('ghcr.io')).toBeUndefined();
});

test('the helper of a registry comes before the one for all, and that one before the file', () => {
  helper('one', '{"Username":"one","Secret":"KEY"}');
  helper('all', '{"Username":"<token>","Secret":"KEY"}');
  const auths = { 'ghcr.io': { auth: base64('file:p') } };
  write({ auths, credsStore: 'all', credHelpers: { 'ghcr.io': 'one' } });
  expect(find('ghcr.io')).toEqual({ user: 'one', password: 'ghcr.io' });
  expect(find('docker.io')).toEqual({ identityToken: 'https://index.docker.io/v1/' });
  write({ auths, credsStore: 'none' });
  helper('none', 'credentials not found in native keychain', 1);
  expect(find('ghcr.io')).toEqual({ user: 'file', password: 'p' });
});

test.each<[string, unknown, () => void, RegExp]>([
  ['a file that is no JSON', '{', () => undefined, /config\.json: found no JSON object; log in again with docker login$/],
  ['a file of another kind', '3', () => undefined, /config\.json: found no JSON object/],
  [
    'half of user and password',
    { auths: { 'ghcr.io': { auth: base64('me') } } },
    () => undefined,
    /auths\["ghcr\.io"\]\.auth: expected user:password as base64/,
  ],
  ['a helper that is not there', { credsStore: 'absent' }, () => undefined, /^cannot run docker-credential-absent, which the configuration of docker names/],
  ['a helper that fails', { credsStore: 'bad' }, () => helper('bad', 'locked', 1), /^docker-credential-bad get fails for ghcr\.io: locked$/],
  [
    'a helper that tells no secret',
    { credsStore: 'odd' },
    () => helper('odd', '{"Username":"me"}'),
    /^docker-credential-odd get: expected JSON with Username and Secret$/,
  ],
])('%s is an error that says what to do', (_, config, prepare, message) => {
  write(config);
  prepare();
  expect(() => find('ghcr.io')).toThrow(message);
});
