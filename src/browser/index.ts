/** The page's preset: starts the worker and talks to it. No inference, tokenising or search happens here. */

import { RouterError } from '../core/errors.ts';
import type { AbortSignalLike, BatchOptions, LoadProgress, Router } from '../core/types.ts';
import type { ModelChoice } from '../encoder/embedded-model.ts';
import type { FileSource, VerifiedFile } from '../encoder/model-source.ts';
import { connectRouter } from '../rpc/client.ts';
import type { WorkerConfig } from './config.ts';
import { watchLifeLock } from './life.ts';

/** `model` and `tokenizer` may be URLs, relative to the page, or bytes. */
export interface BrowserRouterOptions extends ModelChoice {
  /**
   * Threads that one run may use, where the page is cross-origin isolated; elsewhere it is 1, and
   * `status().encoder.threads` says so. Default 1, which is quickest for short texts.
   */
  readonly threads?: number;
  readonly batch?: BatchOptions;
  /**
   * A worker that runs `synaptoroute/browser/worker`, or a port to one, for bundlers and policies that
   * need it made by the page. The router ends a worker that it made itself, and leaves yours running.
   */
  readonly worker?: Worker | MessagePort;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Gives up opening. */
  readonly signal?: AbortSignalLike;
}

/**
 * Opens a router in a worker of its own: the model is loaded and run there, the page only posts messages.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `INVALID_OPTION`, `WORKER_LOST`, `ABORTED`, `TIMEOUT`.
 */
export async function openRouter(options: BrowserRouterOptions = {}): Promise<Router> {
  const { model, tokenizer, maxTokens, defaultThreshold, threads, batch, onProgress, signal } = options;
  const config: WorkerConfig = {
    ...(model !== undefined && { model: toPlainFile(model) }),
    ...(tokenizer !== undefined && { tokenizer: toPlainFile(tokenizer) }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(defaultThreshold !== undefined && { defaultThreshold }),
    ...(threads !== undefined && { threads }),
    ...(batch && { batch }),
  };
  const { port, end } = options.worker ? { port: options.worker, end: undefined } : startWorker();
  return connectRouter(port, {
    config,
    watchLife: watchLifeLock,
    ...(end && { onEnd: end }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
}

function startWorker(): { readonly port: Worker; readonly end: () => void } {
  try {
    // Written out in this form, bundlers find the worker and keep its URL right.
    const port = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'synaptoroute' });
    return { port, end: () => port.terminate() };
  } catch (cause) {
    throw new RouterError(
      'WORKER_LOST',
      'Starting the worker failed; check the Content-Security-Policy (worker-src), or pass `worker`.',
      { cause },
    );
  }
}

function toPlainFile(source: FileSource): VerifiedFile {
  const file = typeof source === 'object' && 'location' in source ? source : { location: source };
  const { location } = file;
  return typeof location === 'string' || location instanceof URL
    ? { ...file, location: new URL(location, document.baseURI).href }
    : file;
}

export { RouterError, type RouterErrorCode } from '../core/errors.ts';
export type { FileLocation, FileSource, VerifiedFile } from '../encoder/model-source.ts';
export type * from '../core/types.ts';
