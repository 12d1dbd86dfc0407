/** How many tests a step ran. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The count of a step that is one test: it passes when its command exits with 0. */
export const ofExitCode = (code: number): Count => (code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });

/** The closing line of a run, which other programs read. */
export function closingLine(counts: readonly Count[]): string {
  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`;
}

/**
 * Counts what jest reported. A test file that could not even be loaded is one failure, and so is a run that failed without saying where
 * or that ran no test at all: an empty report must never read as success.
 */
export function ofJestReport(report: string | undefined, code: number): Count {
  const result = report === undefined ? undefined : parsed(report);
  if (result === undefined) return ofExitCode(code || 1);
  const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = result;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  const silent = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: silent ? 1 : failed, skipped: numPendingTests + numTodoTests };
}

const MEMBERS = ['numPassedTests', 'numFailedTests', 'numRuntimeErrorTestSuites', 'numPendingTests', 'numTodoTests'] as const;
type JestReport = Record<(typeof MEMBERS)[number], number>;

function parsed(report: string): JestReport | undefined {
  try {
    // The members that jest documents for --json; the next line checks each.
    const result = JSON.parse(report) as JestReport;
    return MEMBERS.every((member) => typeof result[member] === 'number') ? result : undefined;
  } catch {
    return undefined;
  }
}
