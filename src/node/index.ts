/** The Node preset: the embedded model on native ONNX Runtime where it is installed, on WASM where not. */

import { openRouter as openCoreRouter } from '../core/router.ts';
import { createClock } from '../core/clock.ts';
import { parseBatchOptions, parseCallOptions, parseDecisionOptions, parseRecovery } from '../core/input.ts';
import { parseEncoder, parseOptionNames, parseStorage } from '../core/parts.ts';
import { withOwned } from '../core/disposable.ts';
import type { BatchOptions, DecisionOptions, Encoder, LocalRouter, RecoveryOptions, Storage } from '../core/types.ts';
import { MODEL_OPTIONS } from '../encoder/model-choice.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import type { NodeEncoderOptions } from './encoder.ts';
import { populate } from './populate.ts';
import { createSqliteStorage } from './sqlite-storage.ts';
import { createEncoder } from './threaded-encoder.ts';

export interface NodeRouterOptions extends NodeEncoderOptions, RecoveryOptions, DecisionOptions {
  /** An encoder to use in place of the embedded model; it may be shared, and stays the caller's to close. */
  readonly encoder?: Encoder;
  /** Where the routes are kept: `memory`, the default, the path of an SQLite file, or a storage. The router closes it. */
  readonly storage?: string | Storage;
  readonly batch?: BatchOptions;
}

const OPTIONS: Readonly<Record<keyof NodeRouterOptions, true>> = {
  storage: true,
  encoder: true,
  ...MODEL_OPTIONS,
  device: true,
  threads: true,
  thread: true,
  cacheFolder: true,
  offline: true,
  download: true,
  batch: true,
  rule: true,
  minMargin: true,
  onMismatch: true,
  onCorrupt: true,
  onReencode: true,
  onProgress: true,
  signal: true,
};

/**
 * Opens a router in this process. Without options: the embedded model, routes in memory.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `INVALID_OPTION`, `STORAGE_FAILED`, `STORAGE_CORRUPT`,
 * `ENCODER_MISMATCH`, `ABORTED`, `TIMEOUT`.
 */
export async function openRouter(options: NodeRouterOptions = {}): Promise<LocalRouter> {
  const {
    encoder: given,
    storage: kept = 'memory',
    batch,
    rule,
    minMargin,
    ...rest
  } = parseOptionNames(options, OPTIONS);
  const { onMismatch, onCorrupt, onReencode, ...encoderOptions } = rest;
  const { signal } = encoderOptions;
  // Before a model is loaded for nothing, and a file locked.
  parseBatchOptions(batch);
  parseRecovery(rest);
  parseDecisionOptions({ ...(rule !== undefined && { rule }), ...(minMargin !== undefined && { minMargin }) });
  parseCallOptions({ ...(signal !== undefined && { signal }) });
  if (given !== undefined) parseEncoder(given);
  const storage = await openStorage(kept);
  const encoder =
    given ??
    (await createEncoder(encoderOptions).catch(async (error: unknown) => {
      await storage.close();
      throw error;
    }));
  const clock = createClock((callback) => void setImmediate(callback));
  try {
    const router = await openCoreRouter({
      encoder,
      storage,
      clock,
      warmUp: true,
      ...(populate && { populate }),
      ...(batch && { batch }),
      ...(rule !== undefined && { rule }),
      ...(minMargin !== undefined && { minMargin }),
      ...(onMismatch && { onMismatch }),
      ...(onCorrupt && { onCorrupt }),
      ...(onReencode && { onReencode }),
      ...(signal && { signal }),
    });
    return given ? router : withOwned(router, encoder);
  } catch (error) {
    if (!given) await encoder.close?.();
    throw error;
  }
}

async function openStorage(kept: string | Storage): Promise<Storage> {
  if (typeof kept !== 'string') return parseStorage(kept);
  return kept === 'memory' ? createMemoryStorage() : createSqliteStorage({ path: kept });
}

export type { NodeEncoderOptions } from './encoder.ts';
export { clearModelCache, type ModelCacheOptions } from './model-cache.ts';
export { createRequestListener } from './listener.ts';
export { readPythonRoutes } from './python-routes.ts';
export { createSqliteStorage, type SqliteStorageOptions } from './sqlite-storage.ts';
export type { DriverChoice, SqliteDatabase, SqlitePrepared } from './sqlite-driver.ts';
export { createEncoder } from './threaded-encoder.ts';
export * from '../index.ts';
