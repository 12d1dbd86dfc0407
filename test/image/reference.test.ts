import { parseReference } from '../../src/image/reference';

test.each<[string, string, string, string]>([
  ['ghcr.io/team/controller:1.0.0', 'ghcr.io', 'https://ghcr.io', 'team/controller'],
  ['registry.example.com:8443/a/b/c:latest', 'registry.example.com:8443', 'https://registry.example.com:8443', 'a/b/c'],
  ['team/controller:1', 'docker.io', 'https://registry-1.docker.io', 'team/controller'],
  ['docker.io/team/controller:1', 'docker.io', 'https://registry-1.docker.io', 'team/controller'],
  ['controller:1', 'docker.io', 'https://registry-1.docker.io', 'library/controller'],
  ['localhost:5000/controller:1', 'localhost:5000', 'http://localhost:5000', 'controller'],
  ['localhost/controller:1', 'localhost', 'http://localhost', 'controller'],
  ['127.0.0.1:5000/controller:1', '127.0.0.1:5000', 'http://127.0.0.1:5000', 'controller'],
  ['127.0.0.1.example.com/controller:1', '127.0.0.1.example.com', 'https://127.0.0.1.example.com', 'controller'],
  ['host:5000/controller:1', 'host:5000', 'https://host:5000', 'controller'],
])('%s is in %s', (text, registry, url, repository) => {
  expect(parseReference(text, false)).toEqual({ registry, url, repository, tag: text.slice(text.lastIndexOf(':') + 1) });
});

test('plain HTTP goes elsewhere only on request', () => {
  expect(parseReference('registry.example.com/controller:1', true).url).toBe('http://registry.example.com');
});

test.each([
  '',
  'controller',
  'ghcr.io/team/controller',
  'ghcr.io/Team/controller:1',
  'a b:1',
  'a@sha256:00',
  ':1',
  'ghcr.io/:1',
  'https://ghcr.io/a:1',
  'ghcr.io/a:-',
])('%j is no place for an image', (text) => {
  expect(() => parseReference(text, false)).toThrow(`found ${JSON.stringify(text)}, expected registry/name:tag`);
});
