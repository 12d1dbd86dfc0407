import { join } from 'node:path';
import { Consumer, ROOT } from './consumer';

/** A program that uses the package. Its text is TypeScript and plain JavaScript at once. */
export const PROGRAM = join(__dirname, 'fixtures', 'agents.ts');
/** What it writes. */
export const OUTPUT = 'dist/agents.k8s.yaml';

/** What the program makes of the sources, for which the other tests vouch. */
export async function outputOfSources(): Promise<string> {
  const consumer = new Consumer();
  try {
    await consumer.run(join(ROOT, 'node_modules', '.bin', 'tsx'), '--tsconfig', join(ROOT, 'tsconfig.dev.json'), PROGRAM);
    return consumer.read(OUTPUT);
  } finally {
    consumer.remove();
  }
}
