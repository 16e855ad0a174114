/** The page's preset: starts the worker and talks to it. No inference, tokenising or search happens here. */

import { RouterError, messageOf } from '../core/errors.ts';
import { parseObject } from '../core/input.ts';
import type {
  AbortSignalLike,
  BatchOptions,
  LoadProgress,
  ModelRouter,
  RecoveryOptions,
  DecisionOptions,
} from '../core/types.ts';
import { isHubModel, isRepo, type ModelChoice } from '../encoder/model-choice.ts';
import type { FileSource, VerifiedFile } from '../encoder/model-source.ts';
import { connectRouter } from '../rpc/client.ts';
import type { StorageChoice, WorkerConfig } from './config.ts';
import type { DeviceOptions } from './device.ts';
import { watchLifeLock } from './life.ts';
import type { ModelCacheOptions } from './model-cache.ts';

/** `model` and `tokenizer` may be URLs, relative to the page, or bytes. */
export interface BrowserRouterOptions
  extends
    ModelChoice,
    ModelCacheOptions,
    DeviceOptions,
    DecisionOptions,
    Pick<RecoveryOptions, 'onMismatch' | 'onCorrupt'> {
  /**
   * Where the routes are kept. Default `memory`: of this page alone, gone with it. `{name}` keeps them, and shares them
   * with every tab that gives the same name. It is asked for, and no default, for it changes what `addRoute` meets: the
   * second visit finds the routes of the first.
   */
  readonly storage?: StorageChoice;
  readonly batch?: BatchOptions;
  /**
   * A worker that runs `synaptoroute/browser/worker`, or a port to one, for bundlers and policies that
   * need it made by the page, or what starts such a worker. The router ends a worker that it started itself, and
   * leaves yours running.
   */
  readonly worker?: Worker | MessagePort | (() => Worker);
  readonly onProgress?: (progress: LoadProgress) => void;
  /** How far stored texts have been encoded anew, where `onMismatch` or `onCorrupt` has them so. */
  readonly onReencode?: RecoveryOptions['onReencode'];
  /** Gives up opening. */
  readonly signal?: AbortSignalLike;
}

/**
 * Opens a router in a worker of its own: the model is loaded and run there, the page only posts messages.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `INVALID_OPTION`, `WORKER_LOST`, `ABORTED`, `TIMEOUT`, and where routes
 * are kept with `ENCODER_MISMATCH`, `STORAGE_FAILED`, `STORAGE_CORRUPT`.
 */
export async function openRouter(options: BrowserRouterOptions = {}): Promise<ModelRouter<ModelChoice>> {
  const { worker, onProgress, onReencode, signal, ...rest } = options;
  if (!worker && !('Worker' in globalThis)) throw noWorker();
  const config: WorkerConfig = toPlainChoice(rest);
  if (typeof rest.storage === 'object' && rest.storage.persist === 'request') void requestPersistence();
  const { port, end } = toPort(worker);
  const router = await connectRouter(port, {
    config,
    watchLife: watchLifeLock,
    ...(end && { onEnd: end }),
    ...(onProgress && { onProgress }),
    ...(onReencode && { onReencode }),
    ...(signal && { signal }),
  });
  return {
    ...router,
    setModel: async (choice, setOptions) =>
      router.setModel(toPlainChoice(parseObject(choice, 'choice') as ModelChoice), setOptions),
  };
}

/** As on a server that renders pages. */
function noWorker(): RouterError {
  return new RouterError('UNSUPPORTED', 'Got no Worker; open it in a page, or use synaptoroute/node on a server.');
}

/** A page may ask, a worker may not. The answer shows in `status()`. */
async function requestPersistence(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
}

function toPort(worker: BrowserRouterOptions['worker'] = startWorker): {
  readonly port: Worker | MessagePort;
  readonly end?: () => void;
} {
  if (typeof worker !== 'function') return { port: worker };
  try {
    const port = worker();
    return { port, end: () => port.terminate() };
  } catch (cause) {
    throw new RouterError(
      'WORKER_LOST',
      `Starting the worker failed: ${messageOf(cause)}; check the Content-Security-Policy (worker-src, Trusted Types), or pass \`worker\`.`,
      { cause },
    );
  }
}

function startWorker(): Worker {
  // Written out in this form, bundlers find the worker and keep its URL right.
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'synaptoroute' });
}

/** With URLs as the page means them. */
function toPlainChoice<T extends ModelChoice>(choice: T): T {
  const { model, tokenizer } = choice;
  return {
    ...choice,
    ...(model !== undefined && { model: toPlainModel(model) }),
    ...(tokenizer !== undefined && { tokenizer: toPlainFile(tokenizer) }),
  };
}

function toPlainModel(model: NonNullable<ModelChoice['model']>): NonNullable<ModelChoice['model']> {
  if (isRepo(model)) return model;
  if (!isHubModel(model)) return toPlainFile(model);
  const { baseUrl, ...rest } = model;
  return { ...rest, ...(baseUrl !== undefined && { baseUrl: toAbsolute(baseUrl) }) };
}

function toPlainFile(source: FileSource): VerifiedFile {
  const file = typeof source === 'object' && 'location' in source ? source : { location: source };
  const { location } = file;
  return typeof location === 'string' || location instanceof URL ? { ...file, location: toAbsolute(location) } : file;
}

/** A worker that opens a router has no document. */
function toAbsolute(url: string | URL): string {
  return new URL(url, globalThis.document?.baseURI ?? globalThis.location.href).href;
}

export { readRouterFile } from '../core/read-router-file.ts';
export { RouterError, type RouterErrorCode } from '../core/errors.ts';
export type { Dtype, HubModel, ModelChoice } from '../encoder/model-choice.ts';
export type { NamedStorage, StorageChoice } from './config.ts';
export type { FileLocation, FileSource, VerifiedFile } from '../encoder/model-source.ts';
export { clearModelCache, type ModelCacheOptions } from './model-cache.ts';
export type * from '../core/types.ts';
