/**
 * Owns the folder in which Node keeps downloaded models. A file appears under its name only whole and verified, by a
 * rename; of processes that want the same file one downloads and the others wait; what a killed one leaves is resumed.
 */

import { randomUUID } from 'node:crypto';
import {
  copyFile,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { createClock } from '../core/clock.ts';
import { RouterError, messageOf, toRouterError } from '../core/errors.ts';
import type { Clock } from '../core/types.ts';
import { download, type DownloadPolicy, type DownloadSink } from '../encoder/download.ts';
import { loadError, MissingFileError } from '../encoder/load-errors.ts';
import { isPinned, type ReadFile, type ReadOptions } from '../encoder/model-source.ts';
import { withFileLock } from './file-lock.ts';

export interface ModelCacheOptions {
  /**
   * Where downloaded models are kept. Default: `SYNAPTOROUTE_CACHE`, else `synaptoroute` in `XDG_CACHE_HOME`, else in
   * the platform's folder for caches.
   */
  readonly cacheFolder?: string;
  /** Never touches the network: a file that is not in the cache is `MODEL_LOAD_FAILED`. Default `false`. */
  readonly offline?: boolean;
  /** How patient downloads are. */
  readonly download?: DownloadPolicy;
}

/** Deletes every model that was downloaded into the cache folder. */
export async function clearModelCache({ cacheFolder }: Pick<ModelCacheOptions, 'cacheFolder'> = {}): Promise<void> {
  await rm(modelsFolder(cacheFolder), { recursive: true, force: true });
}

/** Reads `http:` and `https:` URLs by way of the cache. */
export function createCachedReader(
  { cacheFolder, offline, download: patience }: ModelCacheOptions,
  clock: Clock = createClock(),
): ReadFile {
  const policy = { ...patience, clock };
  const folder = modelsFolder(cacheFolder);
  const read: ReadFile = async (location, options) => {
    const url = new URL(location);
    const path = join(folder, ...cachePath(url));
    const kept = await readKept(path, options);
    if (kept) return kept;
    const isAbsent = await exists(`${path}.absent`);
    if (offline || (isAbsent && isPinned(url.href))) {
      if (isAbsent) throw new MissingFileError(url.href, 'as it was when it was last asked for');
      throw loadError(
        `Got \`offline: true\` and no ${path} for ${url.href}; open the model once online, or put the file there.`,
      );
    }
    await mkdir(dirname(path), { recursive: true });
    try {
      return await withFileLock(`${path}.lock`, options.signal, async (lock) => {
        // Another process may have brought it while this one waited.
        return (await readKept(path, options)) ?? (await fetchInto(path, url, options, policy, lock.isHeld));
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

async function fetchInto(
  path: string,
  url: URL,
  { signal, onProgress, verify }: ReadOptions,
  policy: DownloadPolicy & { readonly clock: Clock },
  isHeld: () => Promise<boolean>,
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = await PartFile.open(path);
  try {
    await download(url, sink, { ...policy, ...(signal && { signal }), ...(onProgress && { onProgress }) });
    await sink.sync();
    const bytes = new Uint8Array(await readFile(sink.path));
    await verify?.(bytes);
    // Whoever took a lock for dead that was only asleep has a copy of its own under way.
    if (await isHeld()) await rename(sink.path, path);
    await rm(`${path}.absent`, { force: true });
    await sink.discard();
    return bytes;
  } catch (error) {
    if (error instanceof MissingFileError) await writeFile(`${path}.absent`, '');
    // What is wrong, unlike what is cut, is of no use to the next try.
    if (error instanceof RouterError && error.code === 'MODEL_LOAD_FAILED' && error.cause === undefined) {
      await sink.discard();
    }
    throw error;
  } finally {
    await sink.close();
  }
}

/** A whole file of the cache; `undefined` where there is none, or none that passes. */
async function readKept(
  path: string,
  { verify, onProgress }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    await verify?.(bytes);
  } catch (error) {
    if (error instanceof RouterError && error.code === 'MODEL_LOAD_FAILED') {
      await rm(path, { force: true });
      return undefined;
    }
    throw error;
  }
  onProgress?.(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/** A download's file while it grows, with its ETag beside it. */
class PartFile implements DownloadSink {
  readonly path: string;
  readonly #file: FileHandle;
  #byteLength: number;
  #etag: string | undefined;

  private constructor(path: string, file: FileHandle, byteLength: number, etag: string | undefined) {
    this.path = path;
    this.#file = file;
    this.#byteLength = byteLength;
    this.#etag = etag;
  }

  /** With what an earlier process left of the file, as a copy: that process may only be asleep. */
  static async open(path: string): Promise<PartFile> {
    const part = `${path}.part-${randomUUID()}`;
    let etag: string | undefined;
    for (const left of await findParts(path)) {
      const known = await readFile(`${left}.etag`, 'utf8').catch(() => undefined);
      if (known && etag === undefined && (await copyIfThere(left, part))) etag = known;
      await removePart(left);
    }
    const file = await open(part, 'a');
    const { size } = await file.stat();
    if (etag !== undefined) await writeFile(`${part}.etag`, etag);
    return new PartFile(part, file, size, etag);
  }

  get held(): DownloadSink['held'] {
    return this.#etag === undefined || this.#byteLength === 0
      ? undefined
      : { byteLength: this.#byteLength, etag: this.#etag };
  }

  async restart(etag: string | undefined): Promise<void> {
    await this.#file.truncate(0);
    this.#byteLength = 0;
    this.#etag = etag;
    if (etag === undefined) await rm(`${this.path}.etag`, { force: true });
    else await writeFile(`${this.path}.etag`, etag);
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#file.appendFile(chunk);
    this.#byteLength += chunk.byteLength;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  discard(): Promise<void> {
    return removePart(this.path);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function findParts(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.part-`;
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix) && !name.endsWith('.etag'))
    .map((name) => join(dirname(path), name));
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}

function modelsFolder(cacheFolder: string | undefined): string {
  return join(cacheFolder ?? defaultCacheFolder(process.env), 'models');
}

function defaultCacheFolder(env: NodeJS.ProcessEnv): string {
  const { SYNAPTOROUTE_CACHE: given, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (given) return given;
  // The XDG rules have a relative path ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, 'synaptoroute');
  if (process.platform === 'win32' && local) return join(local, 'synaptoroute', 'Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'synaptoroute');
  return join(homedir(), '.cache', 'synaptoroute');
}

/** As readable as the URL, and on every file system. */
function cachePath({ host, pathname, search }: URL): readonly string[] {
  return [host, ...`${pathname}${search}`.split('/').filter(Boolean)].map((part) => part.replace(/[^\w.%@+-]/g, '_'));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
