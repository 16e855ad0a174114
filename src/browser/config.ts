/** Owns what a page tells its worker to open. */

import type { BatchOptions } from '../core/types.ts';
import type { ModelChoice } from '../encoder/embedded-model.ts';

/** Plain data: every URL is absolute text, for a worker's own base is its script. */
export interface WorkerConfig extends ModelChoice {
  readonly threads?: number;
  readonly batch?: BatchOptions;
}
