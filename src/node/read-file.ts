/** Owns how a model's files are read in Node: from disk, or by way of the cache. */

import { readFile as readFromDisk } from 'node:fs/promises';
import { abortError, messageOf } from '../core/errors.ts';
import { loadError, MissingFileError } from '../encoder/load-errors.ts';
import type { ReadFile } from '../encoder/model-source.ts';
import type { ModelCacheOptions } from './model-cache.ts';

/** Paths and `file:` URLs from disk, the rest from the cache or, once, the network. */
export function createNodeReader(options: ModelCacheOptions): ReadFile {
  return async (location, readOptions) => {
    if (/^https?:/i.test(String(location))) {
      // The embedded model lies on this disk, and needs none of this.
      const { createCachedReader } = await import('./model-cache.ts');
      return createCachedReader(options)(location, readOptions);
    }
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
