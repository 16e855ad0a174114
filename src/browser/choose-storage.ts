/** Owns which storage this browser gets, what it has room for, and how a full disk is told. */

import { RouterError, messageOf } from '../core/errors.ts';
import type { Storage } from '../core/types.ts';
import type { NamedStorage } from './config.ts';
import { hasSyncFiles } from './opfs/folder.ts';

/** Bytes that the origin uses and may use, as the browser estimates them. */
interface Sizes {
  readonly usedBytes?: number;
  readonly quotaBytes?: number;
}

type StorageName = Required<Pick<NamedStorage, 'name' | 'kind'>>;

export async function openStorage({ name, kind }: StorageName): Promise<Storage> {
  const chosen = kind === 'auto' ? await choose(name) : kind;
  const storage =
    chosen === 'opfs'
      ? await (await import('./opfs/storage.ts')).openOpfsStorage(name)
      : await (await import('../storage/indexeddb.ts')).openIndexedDbStorage(databaseName(name));
  const stream = storage.stream?.bind(storage);
  return {
    ...storage,
    // The first makes the tables.
    load: (encoder) => tellingRoom(() => storage.load(encoder)),
    ...(stream && { stream: (encoder, sink) => tellingRoom(() => stream(encoder, sink)) }),
    apply: (mutations) => tellingRoom(() => storage.apply(mutations)),
  };
}

async function tellingRoom<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw isFull(error) ? await fullError(error) : error;
  }
}

/** Loads what opening will need; takes and changes nothing that is stored. */
export async function prepareStorage({ name, kind }: StorageName): Promise<void> {
  const chosen = kind === 'auto' ? await choose(name) : kind;
  if (chosen === 'opfs') await (await import('./opfs/storage.ts')).prepareOpfs();
  else await import('../storage/indexeddb.ts');
}

/** Two tabs may have an IndexedDB open, and its transactions know who writes; OPFS gives its files to one alone. */
export async function canTakeOver({ name, kind }: StorageName): Promise<boolean> {
  return (kind === 'auto' ? await choose(name) : kind) === 'indexeddb';
}

/** What `status().storage` says beside the kind. */
export async function describeRoom(): Promise<Sizes & { readonly persisted?: boolean }> {
  const persisted = await navigator.storage?.persisted?.().catch(() => undefined);
  return { ...(persisted !== undefined && { persisted }), ...(await sizes()) };
}

/**
 * A browser that has learnt to give workers files, or has room for them again, keeps what it has in IndexedDB where it
 * is; an empty database there is of a time without.
 */
async function choose(name: string): Promise<'opfs' | 'indexeddb'> {
  const databases = await indexedDB?.databases?.().catch(() => []);
  const hasDatabase = databases?.some((database) => database.name === databaseName(name));
  if (hasDatabase) {
    const { isIndexedDbEmpty } = await import('../storage/indexeddb.ts');
    if (!(await isIndexedDbEmpty(databaseName(name)))) return 'indexeddb';
  }
  return (await hasSyncFiles()) ? 'opfs' : 'indexeddb';
}

function databaseName(name: string): string {
  return `synaptoroute-${name}`;
}

/** `SQLITE_FULL`, or what IndexedDB and file handles throw; the error itself, or one beneath it. */
function isFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'QuotaExceededError') return true;
    if (cause.name === 'SqliteError' && (cause as { readonly code?: unknown }).code === 13) return true;
  }
  return false;
}

async function fullError(cause: unknown): Promise<RouterError> {
  const { usedBytes, quotaBytes } = await sizes();
  return new RouterError(
    'STORAGE_FAILED',
    `Got a full storage: this origin uses ${usedBytes ?? 'unknown'} of ${quotaBytes ?? 'unknown'} bytes (${messageOf(cause)}); remove routes or other data of the origin, then call reload().`,
    { cause },
  );
}

async function sizes(): Promise<Sizes> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return { ...(usage !== undefined && { usedBytes: usage }), ...(quota !== undefined && { quotaBytes: quota }) };
  } catch {
    // Not every browser estimates.
    return {};
  }
}
