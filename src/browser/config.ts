/** Owns what a page tells its worker to open. */

import type { BatchOptions, DecisionOptions, RecoveryOptions } from '../core/types.ts';
import { MODEL_OPTIONS, type ModelChoice } from '../encoder/model-choice.ts';
import type { DeviceOptions } from './device.ts';
import type { ModelCacheOptions } from './model-cache.ts';

/** Routes that outlive the page. All tabs of one origin that give the same name share one router. */
export interface NamedStorage {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  /**
   * `opfs` is SQLite on files of the origin's own; `indexeddb` is for browsers whose workers have no such files. `auto`,
   * the default, takes OPFS where there is one, unless routes of that name lie in IndexedDB already.
   */
  readonly kind?: 'auto' | 'opfs' | 'indexeddb';
  /**
   * `request` asks the browser not to clear the origin under pressure; Firefox asks its user then. `leave`, the default,
   * asks nobody. `status().storage.persisted` says what is granted.
   */
  readonly persist?: 'request' | 'leave';
}

export type StorageChoice = 'memory' | NamedStorage;

/** Plain data: every URL is absolute text, for a worker's own base is its script. */
export interface WorkerConfig
  extends
    ModelChoice,
    ModelCacheOptions,
    DeviceOptions,
    DecisionOptions,
    Pick<RecoveryOptions, 'onMismatch' | 'onCorrupt'> {
  readonly batch?: BatchOptions;
  readonly storage?: StorageChoice;
}

/** The names of all of it. */
export const WORKER_OPTIONS: Readonly<Record<keyof WorkerConfig, true>> = {
  storage: true,
  ...MODEL_OPTIONS,
  device: true,
  threads: true,
  offline: true,
  download: true,
  batch: true,
  rule: true,
  minMargin: true,
  onMismatch: true,
  onCorrupt: true,
};
