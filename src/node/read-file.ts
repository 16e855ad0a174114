/** Owns how a model's files are read in Node: from disk, or by way of the cache. */

import { readFile as readFromDisk } from 'node:fs/promises';
import { abortError, messageOf } from '../core/errors.ts';
import { loadError, MissingFileError } from '../encoder/load-errors.ts';
import type { ReadFile } from '../encoder/model-source.ts';
import { createCachedReader, type ModelCacheOptions } from './model-cache.ts';

/** Paths and `file:` URLs from disk, the rest from the cache or, once, the network. */
export function createNodeReader(options: ModelCacheOptions): ReadFile {
  const readCached = createCachedReader(options);
  return async (location, readOptions) => {
    if (/^https?:/.test(String(location))) return readCached(location, readOptions);
    const { signal } = readOptions;
    try {
      const path = String(location).startsWith('file:') ? new URL(location) : location;
      return new Uint8Array(await readFromDisk(path, signal ? { signal: signal as AbortSignal } : {}));
    } catch (error) {
      if (signal?.aborted) throw abortError(signal);
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
        throw new MissingFileError(String(location), error.code, 'check the path');
      }
      throw loadError(`Reading ${location} failed: ${messageOf(error)}; check the path.`, error);
    }
  };
}
