import { MissingPrerequisiteError } from './build';

/** Says on standard error why a program has ended. What the user has to install is said without a stack. */
export function sayFailure(error: unknown): void {
  const plain = error instanceof MissingPrerequisiteError ? error.message : undefined;
  process.stderr.write(`${plain ?? (error instanceof Error ? error.stack : String(error))}\n`);
}
