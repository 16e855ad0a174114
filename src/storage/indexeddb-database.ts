import { openDB, unwrap, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { RouterError, messageOf } from '../core/errors.ts';
import type { EncoderIdentity, Metadata } from '../core/types.ts';
import type { Block } from './indexeddb-blocks.ts';

/** Raised with every change of the stores below. */
const SCHEMA_VERSION = 2;

export interface RouteRecord {
  readonly id: number;
  readonly name: string;
  readonly threshold?: number;
  readonly metadata?: Metadata;
  /** Of all that is above but the id. */
  readonly sum: number;
}

/** Beside `encoder` and `fit`, `meta` has in `sum` the sum of all records' sums, by which one that is missing shows. */
export interface Sealed<T> {
  readonly value: T;
  readonly sum: number;
}

interface Schema extends DBSchema {
  meta: { key: string; value: Sealed<EncoderIdentity> | Sealed<Uint8Array> | number | string };
  routes: { key: number; value: RouteRecord; indexes: { name: string } };
  blocks: { key: number; value: Block; indexes: { route: number; places: string } };
}

export type Database = IDBPDatabase<Schema>;
type StoreNames = ('meta' | 'routes' | 'blocks')[];
type Transaction = IDBPTransaction<Schema, StoreNames, 'readwrite'>;

/** A transaction, and what it adds to the sum of all records. */
export interface Writing {
  readonly transaction: Transaction;
  added: number;
}

export const STORES: StoreNames = ['meta', 'routes', 'blocks'];

export async function open(name: string): Promise<Database> {
  let oldVersion = 0;
  try {
    return await openDB<Schema>(name, SCHEMA_VERSION, {
      upgrade(database, version) {
        oldVersion = version;
        database.createObjectStore('meta');
        database
          .createObjectStore('routes', { keyPath: 'id', autoIncrement: true })
          .createIndex('name', 'name', { unique: true });
        const blocks = database.createObjectStore('blocks', { keyPath: 'id', autoIncrement: true });
        blocks.createIndex('route', 'route');
        blocks.createIndex('places', 'places', { multiEntry: true, unique: true });
      },
      // Whoever deletes or upgrades it, a newer release say, need not wait for this tab.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch (cause) {
    if (oldVersion > 0 || (cause instanceof DOMException && cause.name === 'VersionError')) {
      throw new RouterError(
        'UNSUPPORTED',
        `Got the IndexedDB database "${name}" of another release, wanted version ${SCHEMA_VERSION}; use the release of synaptoroute that wrote it.`,
        { cause },
      );
    }
    throw new RouterError('STORAGE_FAILED', `Opening the IndexedDB database "${name}" failed: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Resolves when the disk has it; `act` may only wait for the transaction's own requests. */
export async function inTransaction<T>(database: Database, act: (writing: Writing) => Promise<T>): Promise<T> {
  const transaction = database.transaction(STORES, 'readwrite', { durability: 'strict' });
  // The reason of an abort is more than the request's that failed of it; heard of below.
  const done = transaction.done;
  done.catch(() => undefined);
  try {
    const writing: Writing = { transaction, added: 0 };
    const result = await act(writing);
    if (writing.added !== 0) {
      const meta = transaction.objectStore('meta');
      const sum = (await meta.get('sum')) as number | undefined;
      await meta.put((sum ?? 0) + writing.added, 'sum');
    }
    await done;
    return result;
  } catch (error) {
    abort(transaction);
    throw unwrap(transaction).error ?? error;
  }
}

function abort(transaction: Transaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}
