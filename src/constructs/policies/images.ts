import type { Json } from '../../api/render';
import { findImageReference, findRegistry, isFrom } from './image-reference';
import { shown, type Finding, type Policy } from './policy';
import { placesAt, valueAt, type RenderedObject } from './rendered-object';
import type { SandboxPod } from './sandbox-pods';

export const ALLOWED_REGISTRIES: Policy = {
  name: 'allowedRegistries',
  reason: 'Whoever can push to a registry decides what runs.',
  remedy: 'Copy the image into an allowed registry, or add its registry to allowedRegistries.',
  find: ({ pods }, { allowedRegistries }) => {
    if (!allowedRegistries) return [];
    const registries = allowedRegistries.flatMap((text) => findRegistry(text) ?? []);
    return images(pods).flatMap(({ reference, ...place }) => {
      const image = findImageReference(reference);
      if (image && registries.some((registry) => isFrom(image, registry))) return [];
      const meaning = image ? `from ${image.name}` : 'which is no image reference';
      return [{ ...place, found: `${shown(reference)}, ${meaning}`, expected: `an image from ${registries.join(' or ')}` }];
    });
  },
};

export const REQUIRE_DIGEST: Policy = {
  name: 'requireDigest',
  reason: 'A tag can be moved to another image after the review.',
  remedy: 'Append the digest that `docker buildx imagetools inspect` or `crane digest` prints.',
  find: ({ pods }, { requireDigest }) =>
    (requireDigest ? images(pods) : [])
      .filter(({ reference }) => findImageReference(reference)?.digest === undefined)
      .map(({ reference, ...place }) => ({ ...place, found: shown(reference), expected: 'an image with @sha256: and 64 hexadecimal digits' })),
};

interface Image extends Pick<Finding, 'object' | 'path'> {
  readonly reference: string;
}

/** The images of containers and of image volumes. */
function images(pods: readonly SandboxPod[]): Image[] {
  return pods.flatMap((pod) => [
    ...pod.containers.flatMap(({ path, value }) => image(pod.object, `${path}.image`, valueAt(value, 'image'))),
    ...placesAt(pod.spec, 'volumes').flatMap(({ path, value }) => image(pod.object, `${path}.image.reference`, valueAt(value, 'image', 'reference'))),
  ]);
}

// A container without an image never starts, so there is nothing to allow.
const image = (object: RenderedObject, path: string, reference: Json | undefined): Image[] =>
  reference === undefined || reference === null ? [] : [{ object, path, reference: typeof reference === 'string' ? reference : JSON.stringify(reference) }];
