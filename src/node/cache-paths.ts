/** Where the cache keeps what, and that it stays there: what names a file comes from URLs, and so from strangers. */

import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { loadError } from '../encoder/load-errors.ts';

export function modelsFolder(cacheFolder: string | undefined): string {
  return resolve(cacheFolder ?? defaultCacheFolder(process.env), 'models');
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

/**
 * As readable as the URL, on every file system, and below the folder: no part is `.` or `..`. Two URLs may share a path;
 * the record beside the file says whose it is.
 */
export function pathOf(folder: string, { host, pathname, search }: URL): string {
  const parts = [host, ...pathname.split('/')].map((part) => part.replace(/[^\w.%@+-]/g, '_').replace(/\.+$/, '_'));
  const query = search && `~${createHash('sha256').update(search).digest('hex').slice(0, 16)}`;
  const path = join(folder, ...parts) + query;
  if (path.startsWith(folder + sep)) return path;
  throw loadError(`Got a URL whose file would lie outside ${folder}; check the name.`);
}

/** What the cache writes beside a file; no URL gives a path with `~` and a word. */
export function markOf(path: string, mark: string): string {
  return `${path}~${mark}`;
}

/** Throws where a link below the folder would lead elsewhere; the folder itself may be reached by one. */
export async function refuseLinks(folder: string, path: string): Promise<void> {
  let at = folder;
  for (const part of relative(folder, path).split(sep)) {
    at = join(at, part);
    if (await isKind(at, 'isSymbolicLink')) {
      throw loadError(`Got a symbolic link at ${at} in the cache, which follows none; remove it.`);
    }
  }
}

export async function isKind(path: string, kind: 'isFile' | 'isSymbolicLink'): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats[kind](),
    () => false,
  );
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
