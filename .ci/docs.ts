import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { PAGES } from './pages';

/** Writes the pages as prettier lays them out. */
async function main(): Promise<void> {
  for (const [file, page] of Object.entries(PAGES)) writeFileSync(file, await format(page(), { ...(await resolveConfig(file)), parser: 'markdown' }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
