import type { Construct } from 'constructs';

const warned = new WeakSet<Construct>();

/**
 * Says on standard error, once per construct, that moving it costs data. No error: a name that nobody chose works until somebody tidies up.
 */
export function warnOfGeneratedName(construct: Construct, name: string): void {
  if (warned.has(construct)) return;
  warned.add(construct);
  console.warn(
    `[${construct.node.path}] warning: it has volumes, and its name ${name} is made from its place in the construct tree. ` +
      'When the construct moves, the object is replaced and its volumes are deleted. Set metadata.name, or allowGeneratedName: true if its data may go.',
  );
}
