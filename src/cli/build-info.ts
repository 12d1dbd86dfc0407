import type { Build } from '../controllers/shared/metrics';

/** What .ci/bundle.ts puts in the place of this name; nothing does so where the sources themselves run. */
declare const BUILD: Build;

/** The commit that this program was built from. */
export const BUILD_INFO: Build = typeof BUILD === 'undefined' ? { commit: 'unknown', date: 'unknown' } : BUILD;
