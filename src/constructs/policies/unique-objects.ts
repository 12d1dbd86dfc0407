import { groupsOf } from './groups';
import type { Finding, Policy } from './policy';
import { keyOf, labelOf, nameOf } from './rendered-object';

export const UNIQUE_OBJECTS: Policy = {
  name: 'uniqueObjects',
  reason: 'Of two manifests of one object the one that is applied last wins, in every sync anew.',
  remedy: 'Render the object in one place, or give one of the two another name or namespace.',
  find: ({ objects }, { uniqueObjects = true }) =>
    [...groupsOf(uniqueObjects ? objects.filter(({ manifest }) => nameOf(manifest) !== '') : [], keyOf).values()].flatMap(([first, ...others]) =>
      others.map((object): Finding => ({ object, path: 'metadata.name', found: `the same object in ${first.source} and ${object.source}`, expected: 'one' })),
    ),
};

export const OUTPUT_FILES: Policy = {
  name: 'uniqueObjects/outputFile',
  reason: 'cdk8s names the file of an object by kind and name alone and writes the next object of that kind and name over it.',
  remedy: 'Use YamlOutputType.FILE_PER_CHART, or give one of the two another name.',
  find: ({ objects }, { uniqueObjects = true }) =>
    [...groupsOf(uniqueObjects ? objects.filter(({ outputFile }) => outputFile !== undefined) : [], ({ outputFile }) => outputFile).values()].flatMap(
      ([first, ...others]) =>
        others
          // One object rendered twice is what the other policy says.
          .filter((object) => keyOf(object) !== keyOf(first))
          .map((object): Finding => {
            const found = `file ${object.outputFile}, which ${labelOf(first)} of ${first.source} is written to`;
            return { object, path: 'metadata.name', found, expected: 'a file of its own' };
          }),
    ),
};
