/**
 * Owns the folder in which Node keeps downloaded models. A file appears under its name only whole and verified, by a
 * rename, and beside it what its SHA-256 was; one that has another by now is downloaded again. Of processes that want the
 * same file one downloads and the others wait; what a killed one leaves is resumed.
 */

import { randomUUID } from 'node:crypto';
import { constants, mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createClock } from '../core/clock.ts';
import { RouterError, messageOf, toRouterError } from '../core/errors.ts';
import type { Clock } from '../core/types.ts';
import { download, type DownloadPolicy } from '../encoder/download.ts';
import { loadError, MissingFileError } from '../encoder/load-errors.ts';
import { isPinned, type ReadFile, type ReadOptions } from '../encoder/model-source.ts';
import { isKind, isMissing, markOf, modelsFolder, pathOf, refuseLinks } from './cache-paths.ts';
import { fetchStepwise } from './fetch-stepwise.ts';
import { withFileLock } from './file-lock.ts';
import { PartFile } from './part-file.ts';

export interface ModelCacheOptions {
  /**
   * Where downloaded models are kept. Default: `SYNAPTOROUTE_CACHE`, else `synaptoroute` in `XDG_CACHE_HOME`, else in
   * the platform's folder for caches.
   */
  readonly cacheFolder?: string;
  /** Never touches the network: a file that is not in the cache is `MODEL_LOAD_FAILED`. Default `false`. */
  readonly offline?: boolean;
  /** How patient downloads are, and where they end. */
  readonly download?: DownloadPolicy;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Deletes every model that was downloaded into the cache folder, and nothing else that lies there. */
export async function clearModelCache({ cacheFolder }: Pick<ModelCacheOptions, 'cacheFolder'> = {}): Promise<void> {
  const folder = modelsFolder(cacheFolder);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const paths = new Set(
    entries.filter((entry) => !entry.isDirectory()).map((each) => join(each.parentPath, each.name)),
  );
  const ours = [...paths].filter((path) => isMark(path) || paths.has(markOf(path, 'sha256')));
  await Promise.all(ours.map((path) => rm(path, { force: true })));
  const folders = entries.filter((entry) => entry.isDirectory()).map((each) => join(each.parentPath, each.name));
  // The innermost first; one that is not empty stays.
  for (const each of [folder, ...folders].toSorted((a, b) => b.length - a.length)) {
    await rmdir(each).catch(() => undefined);
  }
}

function isMark(path: string): boolean {
  return /~(?:sha256|absent|lock|part|new)\b[^/\\]*$/.test(path);
}

/** Reads `http:` and `https:` URLs by way of the cache. */
export function createCachedReader(
  { cacheFolder, offline, download: policy }: ModelCacheOptions,
  clock: Clock = createClock(),
): ReadFile {
  const folder = modelsFolder(cacheFolder);
  const read: ReadFile = async (location, options) => {
    const url = new URL(location);
    const path = pathOf(folder, url);
    await refuseLinks(folder, path);
    const kept = await readKept(path, url, options);
    if (kept) return kept;
    const isAbsent = await isKind(markOf(path, 'absent'), 'isFile');
    if (offline || (isAbsent && isPinned(url.href))) {
      if (isAbsent) throw new MissingFileError(url.href, 'as it was when it was last asked for');
      throw loadError(
        `Got \`offline: true\` and no intact ${path} for ${url.href}; open the model once online, or put the file there.`,
      );
    }
    await mkdir(dirname(path), { recursive: true });
    try {
      return await withFileLock(markOf(path, 'lock'), options.signal, async (lock) => {
        // Another process may have brought it while this one waited.
        return (
          (await readKept(path, url, options)) ?? (await fetchInto(path, url, options, { policy, clock, ...lock }))
        );
      });
    } catch (error) {
      if (isAbsent && !(error instanceof MissingFileError) && !options.signal?.aborted) {
        throw new MissingFileError(url.href, `as it was when it was last asked for; now ${messageOf(error)}`);
      }
      throw error;
    }
  };
  return (location, options) =>
    read(location, options).catch((error: unknown) => {
      throw toRouterError(error, 'MODEL_LOAD_FAILED', `Keeping ${location} in ${folder}`);
    });
}

interface Fetching {
  readonly policy: DownloadPolicy | undefined;
  readonly clock: Clock;
  readonly isHeld: () => Promise<boolean>;
}

async function fetchInto(
  path: string,
  url: URL,
  { signal, onProgress, verify }: ReadOptions,
  { policy, clock, isHeld }: Fetching,
): Promise<Bytes> {
  const sink = await PartFile.open(path);
  const absent = markOf(path, 'absent');
  try {
    await download(url, sink, {
      ...policy,
      clock,
      fetchFile: fetchStepwise,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    await sink.sync();
    const bytes = new Uint8Array(await readFile(sink.path));
    const sha256 = await verify(bytes);
    // Whoever took a lock for dead that was only asleep has a copy of its own under way.
    if (await isHeld()) {
      // First: a file without a record is none of ours.
      await replace(markOf(path, 'sha256'), recordOf(sha256, url));
      await rename(sink.path, path);
    }
    await rm(absent, { force: true });
    await sink.discard();
    return bytes;
  } catch (error) {
    if (error instanceof MissingFileError) await replace(absent, '');
    // What is wrong, unlike what is cut, is of no use to the next try.
    if (isLoadError(error) && error.cause === undefined) await sink.discard();
    throw error;
  } finally {
    await sink.close();
  }
}

/**
 * A whole file of the cache as it came, or one that somebody put there; `undefined` where there is none, or none that
 * passes. Rejects for a file without a record that does not pass: that one is not ours to replace.
 */
async function readKept(path: string, url: URL, { verify, onProgress }: ReadOptions): Promise<Bytes | undefined> {
  const bytes = await readPlain(path);
  if (!bytes) return undefined;
  const record = await readPlain(markOf(path, 'sha256'));
  try {
    const sha256 = await verify(bytes);
    if (record && new TextDecoder().decode(record) !== recordOf(sha256, url)) return undefined;
  } catch (error) {
    if (!isLoadError(error)) throw error;
    if (record) return undefined;
    throw loadError(`${error.message} ${path} was not put there by the cache, which leaves it; remove it.`);
  }
  onProgress?.(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/** As sha256sum has it, with the URL for the name. */
function recordOf(sha256: string, url: URL): string {
  return `${sha256}  ${url.href}\n`;
}

/** At once and whole; a link of that name is replaced, not followed. */
async function replace(path: string, text: string): Promise<void> {
  const fresh = markOf(path, `new-${randomUUID()}`);
  await writeFile(fresh, text, { flag: 'wx' });
  await rename(fresh, path);
}

/** A file, not what a link leads to; `undefined` where there is none. */
async function readPlain(path: string): Promise<Bytes | undefined> {
  try {
    return new Uint8Array(await readFile(path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isLoadError(error: unknown): error is RouterError {
  return error instanceof RouterError && error.code === 'MODEL_LOAD_FAILED';
}
