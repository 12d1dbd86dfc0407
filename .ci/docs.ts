import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { flagsPage } from './flags-page';

/** What is generated of docs/, as prettier lays it out. */
async function main(): Promise<void> {
  const file = 'docs/flags.md';
  writeFileSync(file, await format(flagsPage(), { ...(await resolveConfig(file)), parser: 'markdown' }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
