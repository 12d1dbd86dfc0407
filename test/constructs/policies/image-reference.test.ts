import fc from 'fast-check';
import { findImageReference, findRegistry, isFrom } from '../../../src/constructs/policies/image-reference';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

test.each([
  ['redis', 'docker.io/library/redis', undefined],
  ['redis:7.4-alpine', 'docker.io/library/redis', undefined],
  ['bitnami/redis', 'docker.io/bitnami/redis', undefined],
  ['docker.io/redis', 'docker.io/library/redis', undefined],
  ['index.docker.io/bitnami/redis', 'docker.io/bitnami/redis', undefined],
  ['ghcr.io/acme/agent:1.2', 'ghcr.io/acme/agent', undefined],
  ['GHCR.io/acme/agent', 'ghcr.io/acme/agent', undefined],
  ['localhost/agent', 'localhost/agent', undefined],
  ['registry:5000/a/b/c', 'registry:5000/a/b/c', undefined],
  ['[2001:db8::1]:5000/agent', '[2001:db8::1]:5000/agent', undefined],
  [`ghcr.io/acme/agent@${DIGEST}`, 'ghcr.io/acme/agent', DIGEST],
  [`redis:7@${DIGEST}`, 'docker.io/library/redis', DIGEST],
  ['acme/a__b.c-d---e', 'docker.io/acme/a__b.c-d---e', undefined],
])('%s is %s', (text, name, digest) => {
  expect(findImageReference(text)).toEqual({ name, digest });
});

test.each([
  '',
  ' ',
  'Redis',
  'ghcr.io/',
  '/redis',
  'ghcr.io//agent',
  'https://ghcr.io/agent',
  'redis:',
  'redis@',
  'redis@sha256:abc',
  'redis:a b',
  'a_-b',
  '-a.b/c',
])('%j is no image reference', (text) => {
  expect(findImageReference(text)).toBeUndefined();
});

test('the completed name of an image is the name of the same image', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9]([a-z0-9._:-]{0,6}[a-z0-9])?$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const name = findImageReference(parts.join('/'))?.name;
      expect(name && findImageReference(name)?.name).toBe(name);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['ghcr.io', 'ghcr.io'],
  ['ghcr.io/', 'ghcr.io'],
  ['ghcr.io/acme', 'ghcr.io/acme'],
  ['docker.io', 'docker.io'],
  ['index.docker.io/library', 'docker.io/library'],
  ['Registry.Example:5000', 'registry.example:5000'],
  ['localhost', 'localhost'],
])('registry %s is %s', (text, registry) => {
  expect(findRegistry(text)).toBe(registry);
});

test.each(['', 'acme', 'library', 'https://ghcr.io', 'ghcr.io/acme:1', 'ghcr.io/Acme', 'ghcr.io/*', '*'])('%j is no registry', (text) => {
  expect(findRegistry(text)).toBeUndefined();
});

test.each([
  ['ghcr.io/acme/agent', 'ghcr.io', true],
  ['ghcr.io/acme/agent', 'ghcr.io/acme', true],
  ['ghcr.io/acme', 'ghcr.io/acme', true],
  ['ghcr.io/acme-fake/agent', 'ghcr.io/acme', false],
  ['ghcr.io.evil.example/acme/agent', 'ghcr.io', false],
  ['redis', 'docker.io/library', true],
  ['bitnami/redis', 'docker.io/library', false],
])('%s is from %s: %s', (text, registry, is) => {
  const image = findImageReference(text);
  expect(image && isFrom(image, registry)).toBe(is);
});
