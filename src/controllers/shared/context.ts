import type { LoopOptions } from '../../runtime/reconcile';
import type { Informers } from './informers';

/** What every controller gets from the process, besides its own settings. */
export interface ControllerContext extends Pick<
  LoopOptions<unknown, unknown>,
  'client' | 'clock' | 'random' | 'emit' | 'passed' | 'report' | 'queueObserver' | 'tracing'
> {
  readonly informers: Informers;
  /** Keys that are worked on at the same time. */
  readonly concurrency: number;
}
