/** Owns where a browser keeps downloaded models: one cache of the Cache API, a file for each URL. */

import { RouterError, messageOf } from '../core/errors.ts';
import type { Clock } from '../core/types.ts';
import type { DownloadPolicy } from '../encoder/download.ts';
import { loadError, MissingFileError } from '../encoder/load-errors.ts';
import { createFetchReader } from '../encoder/fetch-reader.ts';
import { isPinned, type ReadFile, type ReadOptions } from '../encoder/model-source.ts';

export interface ModelCacheOptions {
  /** Never touches the network: a file that is not in the cache is `MODEL_LOAD_FAILED`. Default `false`. */
  readonly offline?: boolean;
  /** How patient downloads are. */
  readonly download?: DownloadPolicy;
}

const CACHE_NAME = 'synaptoroute-models';
const NOT_FOUND = 404;
/** With each file: what it was when it came. */
const HASH = 'x-synaptoroute-sha256';

/** Deletes every model that was downloaded, and what was measured of devices. */
export async function clearModelCache(): Promise<void> {
  await (globalThis.caches as CacheStorage | undefined)?.delete(CACHE_NAME);
}

export interface CachedReader {
  readonly readFile: ReadFile;
  /** Why a file is not kept, where one is not. */
  readonly problem: () => string | undefined;
}

export function createCachedReader({ offline, download }: ModelCacheOptions, clock?: Clock): CachedReader {
  const policy = { ...download, ...(clock && { clock }) };
  let problem: string | undefined;

  async function readFile(location: string | URL, options: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
    const cache = await openModelCache().catch((error: unknown) => {
      problem = `models are not kept: ${messageOf(error)}`;
      return undefined;
    });
    const url = new URL(location, self.location.href).href;
    return alone(url, async () => {
      const kept = await readKept(cache, url, options, offline === true);
      if (kept) return kept;
      if (offline) throw missing(url);
      return fetchInto(cache, url, options);
    });
  }

  async function fetchInto(
    cache: Cache | undefined,
    url: string,
    options: ReadOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      // Kept here, it need not lie in the browser's own cache too.
      const fetchFile = createFetchReader({ ...policy, ...(cache && { cache: 'no-store' }) });
      const bytes = await fetchFile(url, options);
      const sha256 = await options.verify(bytes);
      await keep(cache, url, new Response(bytes, { headers: { [HASH]: sha256 } }));
      return bytes;
    } catch (error) {
      if (error instanceof MissingFileError) await keep(cache, url, new Response(null, { status: NOT_FOUND }));
      throw error;
    }
  }

  /** A full disk costs the next visit a download, not this one its model. */
  async function keep(cache: Cache | undefined, url: string, response: Response): Promise<void> {
    await cache?.put(url, response).catch((error: unknown) => {
      problem = `models are not kept: ${messageOf(error)}`;
    });
  }

  return { readFile, problem: () => problem };
}

/** Rejects with `UNSUPPORTED` outside secure contexts, where there is no cache. */
export async function openModelCache(): Promise<Cache> {
  const storage = globalThis.caches as CacheStorage | undefined;
  if (!storage) {
    throw new RouterError(
      'UNSUPPORTED',
      'Got a page outside a secure context, which has no cache; serve it from https.',
    );
  }
  return storage.open(CACHE_NAME);
}

/** A file of the cache that passes; `undefined` where there is none. Rejects where it is known to be missing for good. */
async function readKept(
  cache: Cache | undefined,
  url: string,
  { verify, onProgress }: ReadOptions,
  isFinal: boolean,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await cache?.match(url);
  if (!response) return undefined;
  if (response.status === NOT_FOUND) {
    if (isFinal || isPinned(url)) throw new MissingFileError(url, 'as it was when it was last asked for');
    return undefined;
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  const sha256 = await verify(bytes).catch((error: unknown) => {
    if (!(error instanceof RouterError && error.code === 'MODEL_LOAD_FAILED')) throw error;
  });
  if (sha256 === undefined || sha256 !== response.headers.get(HASH)) {
    await cache?.delete(url);
    return undefined;
  }
  onProgress?.(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/** Of tabs and workers that want the same file, one downloads and the others wait. */
async function alone<T>(url: string, step: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  let running: Promise<T> | undefined;
  const run = (): Promise<T> => (running ??= step());
  // Missing outside secure contexts; denied where the browser blocks what a site keeps. Then nobody shares.
  await locks?.request(`synaptoroute-model ${url}`, run).catch(() => undefined);
  return run();
}

function missing(url: string): RouterError {
  return loadError(
    `Got \`offline: true\` and no ${url} in the cache "${CACHE_NAME}"; open the model once online before.`,
  );
}
