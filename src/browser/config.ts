/** Owns what a page tells its worker to open. */

import type { BatchOptions } from '../core/types.ts';
import type { ModelChoice } from '../encoder/model-choice.ts';
import type { DeviceOptions } from './device.ts';
import type { ModelCacheOptions } from './model-cache.ts';

/** Plain data: every URL is absolute text, for a worker's own base is its script. */
export interface WorkerConfig extends ModelChoice, ModelCacheOptions, DeviceOptions {
  readonly batch?: BatchOptions;
}
