/** How a check has come out. A warning does not stop an installation, a failure does. */
export type Verdict = 'ok' | 'warning' | 'failed';

/** One thing that a check has found. */
export interface Finding {
  readonly verdict: Verdict;
  /** What is there. */
  readonly found: string;
  /** What to do about it; absent where nothing has to be done. */
  readonly todo?: string;
}

export const ok = (found: string): Finding => ({ verdict: 'ok', found });
export const warning = (found: string, todo: string): Finding => ({ verdict: 'warning', found, todo });
export const failed = (found: string, todo: string): Finding => ({ verdict: 'failed', found, todo });
