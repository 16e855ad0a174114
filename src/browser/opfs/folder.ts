/** Owns where in the origin's private file system a storage of a name lies, and how its files are taken. */

import { RouterError, messageOf } from '../../core/errors.ts';
import { DATABASE_FILE, FILE_NAMES, type SyncFile } from './owned-vfs.ts';

const ROOT_FOLDER = 'synaptoroute';
/** Of a worker that was killed, the browser frees the lock first and the files some milliseconds later. */
const RETRY_MS = 5;
const GIVE_UP_AFTER_MS = 3000;

interface FileHandle {
  createSyncAccessHandle(): Promise<SyncFile>;
}

export interface TakenFiles {
  readonly files: ReadonlyMap<string, SyncFile>;
  /** The database file is empty: there was none. */
  readonly isNew: boolean;
}

/** Whether this worker can open files: tried, for some browsers have the method and refuse. */
export async function hasSyncFiles(): Promise<boolean> {
  const name = `probe-${crypto.randomUUID()}`;
  try {
    const root = await rootFolder();
    const handle = (await root.getFileHandle(name, { create: true })) as unknown as FileHandle;
    try {
      (await handle.createSyncAccessHandle()).close();
    } finally {
      await root.removeEntry(name);
    }
    return true;
  } catch {
    return false;
  }
}

/** Opens the files of a storage for this worker alone. Rejects with `STORAGE_FAILED`. */
export async function takeFiles(name: string): Promise<TakenFiles> {
  const files = new Map<string, SyncFile>();
  try {
    const folder = await (await rootFolder()).getDirectoryHandle(name, { create: true });
    for (const file of FILE_NAMES) {
      const handle = (await folder.getFileHandle(file, { create: true })) as unknown as FileHandle;
      files.set(file, await take(handle));
    }
  } catch (cause) {
    for (const file of files.values()) file.close();
    throw new RouterError(
      'STORAGE_FAILED',
      `Opening the files of "${name}" in the origin private file system failed: ${messageOf(cause)}; close or reload the other tabs of this site, which keep them when its data is cleared, or allow it to keep files.`,
      { cause },
    );
  }
  return { files, isNew: files.get(DATABASE_FILE)?.getSize() === 0 };
}

async function rootFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(ROOT_FOLDER, { create: true });
}

async function take(handle: FileHandle): Promise<SyncFile> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      const isTaken = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!isTaken || performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS);
      });
    }
  }
}
