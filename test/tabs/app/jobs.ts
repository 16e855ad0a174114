/** What the page asks of its job worker, as types. */

export type StorageKind = 'opfs' | 'indexeddb';

export type Job =
  /** Runs the storage contract on storages of that kind. */
  | { readonly type: 'contract'; readonly kind: StorageKind }
  /** Puts bytes in the place of the database file of that name, or of a part of it. */
  | { readonly type: 'damage'; readonly name: string; readonly how: 'noise' | 'truncate' | 'vectors' }
  /** Flips a bit of the first vector of the IndexedDB database of that name. */
  | { readonly type: 'damage-block'; readonly name: string }
  /** The whole database file, as a hash. */
  | { readonly type: 'hash'; readonly name: string }
  | { readonly type: 'bench'; readonly what: 'write' | 'open' | 'edit' | 'file'; readonly kind: StorageKind };

export interface JobResult {
  /** Of a contract: each case, and why it failed. */
  readonly cases?: readonly { readonly name: string; readonly failure?: string }[];
  readonly hash?: string;
  readonly ms?: readonly number[];
}
