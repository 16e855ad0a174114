/** The Node preset: the embedded model on native ONNX Runtime where it is installed, on WASM where not. */

import { openRouter as openCoreRouter } from '../core/router.ts';
import { createClock } from '../core/clock.ts';
import { parseBatchOptions } from '../core/input.ts';
import { withOwned } from '../core/disposable.ts';
import type { BatchOptions, Encoder, Router, Storage } from '../core/types.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import type { NodeEncoderOptions } from './encoder.ts';
import { createEncoder } from './threaded-encoder.ts';

export interface NodeRouterOptions extends NodeEncoderOptions {
  /** An encoder to use in place of the embedded model; it may be shared, and stays the caller's to close. */
  readonly encoder?: Encoder;
  /** Where the routes are kept. Default: in memory. The router closes it. */
  readonly storage?: Storage;
  readonly batch?: BatchOptions;
}

/**
 * Opens a router in this process. Without options: the embedded model, routes in memory.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `INVALID_OPTION`, `STORAGE_FAILED`, `ABORTED`, `TIMEOUT`.
 */
export async function openRouter(options: NodeRouterOptions = {}): Promise<Router> {
  const { encoder: given, storage = createMemoryStorage(), batch, ...encoderOptions } = options;
  // Before a model is loaded for nothing.
  parseBatchOptions(batch);
  const encoder = given ?? (await createEncoder(encoderOptions));
  const clock = createClock((callback) => void setImmediate(callback));
  try {
    const router = await openCoreRouter({ encoder, storage, clock, ...(batch && { batch }) });
    return given ? router : withOwned(router, encoder);
  } catch (error) {
    if (!given) await encoder.close?.();
    throw error;
  }
}

export type { NodeEncoderOptions } from './encoder.ts';
export { clearModelCache, type ModelCacheOptions } from './model-cache.ts';
export { createEncoder } from './threaded-encoder.ts';
export * from '../index.ts';
