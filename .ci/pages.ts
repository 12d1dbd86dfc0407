import { flagsPage } from './flags-page';
import { monitoringPage } from './monitoring-page';

/** What is generated of docs/, by file. */
export const PAGES: Readonly<Record<string, () => string>> = { 'docs/flags.md': flagsPage, 'docs/monitoring.md': monitoringPage };
