/** Owns routes in an SQLite file of this machine: how it is opened, who may write it, how durable a write is. */

import { statSync } from 'node:fs';
import { RouterError } from '../core/errors.ts';
import { guarded } from '../core/guard.ts';
import { parseChoice, parseObject } from '../core/input.ts';
import type { Storage, StorageStatus } from '../core/types.ts';
import type { SqlConnection } from '../storage/sql-connection.ts';
import { isBusy, toStorageError } from '../storage/sql-errors.ts';
import { checkSchema } from '../storage/sql-schema.ts';
import { createSqlStorage } from '../storage/sql-storage.ts';
import { acknowledgedPath, leastRevision, realPathOf } from './database-file.ts';
import {
  connectSqlite,
  loadDriver,
  type DriverChoice,
  type SqliteDatabase,
  type SqliteDriver,
} from './sqlite-driver.ts';
import { SET_PATIENCE, connectWriter, revisionOf } from './sqlite-writer.ts';

export interface SqliteStorageOptions {
  /** The database's file; made where it is missing, in a folder that exists. */
  readonly path?: string;
  /**
   * A handle of `better-sqlite3` or `node:sqlite` to use in place of `path`. Its pragmas but `foreign_keys` are yours,
   * and so is it that nothing else writes to the database. The storage closes it.
   */
  readonly database?: SqliteDatabase;
  /**
   * What `durable` promises. `full`, the default: the change outlives a power failure (the disk is told to flush with
   * each transaction). `normal`: it outlives the process, and a power failure may take the latest transactions, whole
   * ones only.
   */
  readonly synchronous?: 'full' | 'normal';
  /**
   * `write`, the default: the one process that writes; a second one is refused with `STORAGE_FAILED`. `read`: changes
   * are refused; any number of processes may, beside the one that writes, and `reload()` shows them its changes. Its folder must be
   * writable all the same, for SQLite's `-shm`.
   */
  readonly access?: 'write' | 'read';
  /** Default `auto`: `better-sqlite3` where it is installed, else `node:sqlite`. */
  readonly driver?: DriverChoice;
}

/** Large enough to read chunks fast, small enough for a single edit: 16 KiB was best over both. */
const PAGE_BYTES = 16_384;

/**
 * Keeps routes in an SQLite file. Beside it lie SQLite's `-wal` and `-shm` while it is open, and an empty `-writer`,
 * whose lock says which process writes.
 *
 * Rejects with `STORAGE_FAILED` (no such folder, no permission, another program's database, another process writes),
 * `STORAGE_CORRUPT`, `UNSUPPORTED` (a later release's database, no SQLite), `INVALID_OPTION`. A file that is refused is
 * left as it was.
 */
export async function createSqliteStorage(options: SqliteStorageOptions): Promise<Storage> {
  const { path: name, database, synchronous, access, driver: choice } = guarded(parseOptions)(options);
  if (database) {
    guarded(() => database.exec('PRAGMA foreign_keys = ON'), 'STORAGE_FAILED')();
    return createSqlStorage(connectSqlite(database, { isCallers: true }), { status: statusOf('sqlite'), access });
  }
  const driver = await loadDriver(choice);
  try {
    const path = realPathOf(name);
    await look(driver, path);
    const connection =
      access === 'read' ? connectSqlite(openToRead(driver, path)) : openToWrite(driver, path, synchronous);
    return createSqlStorage(connection, { status: statusOf(driver.name), access });
  } catch (error) {
    throw toStorageError(error, `Opening ${name}`);
  }
}

function statusOf(kind: string): () => StorageStatus {
  return () => ({ kind, persistent: true });
}

/** Refuses what cannot be ours before anything is opened for writing, which alone may change a file. */
async function look(driver: SqliteDriver, path: string): Promise<void> {
  const least = leastRevision(path);
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file || (file.isFile() && file.size === 0)) {
    if (least > 0) throw cutLog(path, 0, least);
    return;
  }
  if (!file.isFile()) {
    throw new RouterError(
      'STORAGE_FAILED',
      `Got ${path}, which is no file; pass the path of a database, or of none yet.`,
    );
  }
  const connection = connectSqlite(openToRead(driver, path));
  try {
    const revision = (await checkSchema(connection)) > 0 ? revisionOf(connection) : 0;
    if (revision < least) throw cutLog(path, revision, least);
  } finally {
    void connection.close();
  }
}

function cutLog(path: string, revision: number, least: number): RouterError {
  return new RouterError(
    'STORAGE_CORRUPT',
    `Got ${path} at revision ${revision}, where ${least} was acknowledged: its -wal is damaged. Restore it from a copy or an export, or delete ${acknowledgedPath(path)} to go on without the latest changes.`,
  );
}

function openToRead(driver: SqliteDriver, path: string): SqliteDatabase {
  const handle = driver.open(path, 'read');
  handle.exec(SET_PATIENCE);
  return handle;
}

function openToWrite(driver: SqliteDriver, path: string, synchronous: string): SqlConnection {
  refuseSecondName(path);
  const lock = lockWriter(driver, path);
  try {
    const handle = driver.open(path, 'write');
    try {
      handle.exec(
        `${SET_PATIENCE}; PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`,
      );
      const isFlushed = synchronous === 'full';
      return connectWriter({ handle, path, isFlushed, release: () => void lock.close() });
    } catch (error) {
      handle.close();
      throw error;
    }
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The log lies beside one name only: by another name the file would be another database. */
function refuseSecondName(path: string): void {
  const names = statSync(path, { throwIfNoEntry: false })?.nlink ?? 1;
  if (names <= 1) return;
  throw new RouterError(
    'STORAGE_FAILED',
    `Got ${path}, a file with ${names} names (hard links), where SQLite's log knows one; copy it.`,
  );
}

/** A lock of the operating system, by way of SQLite: gone with its process, however that ends. */
function lockWriter(driver: SqliteDriver, path: string): SqliteDatabase {
  const lock = driver.open(`${path}-writer`, 'write');
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw cause;
    throw new RouterError(
      'STORAGE_FAILED',
      `Got ${path}, which another router writes; close that one, or open this one with access: 'read'.`,
      { cause },
    );
  }
}

type ParsedOptions = Required<Omit<SqliteStorageOptions, 'database'>> & Pick<SqliteStorageOptions, 'database'>;

function parseOptions(options: SqliteStorageOptions): ParsedOptions {
  const given = parseObject(options, 'options') as SqliteStorageOptions;
  const { path, database, synchronous, access, driver = 'auto' } = given;
  if ((path === undefined) === (database === undefined)) {
    throw new RouterError(
      'INVALID_OPTION',
      'Expected `path` or `database`, got both or neither; pass the one you have.',
    );
  }
  // SQLite's driver cuts blanks off, and takes what is left of some for a database of no file.
  if (path !== undefined && (typeof path !== 'string' || !/^\S(.*\S)?$/s.test(path) || /\0|^:memory:$/.test(path))) {
    throw new RouterError(
      'INVALID_OPTION',
      `Expected \`path\` to be the path of a file, without blanks around it, got ${JSON.stringify(path)?.slice(0, 40)}; 'memory' as the router's storage keeps no file.`,
    );
  }
  return {
    path: path ?? '',
    ...(database && { database: parseObject(database, 'database') as SqliteDatabase }),
    synchronous: parseChoice(synchronous, 'synchronous', ['full', 'normal']),
    access: parseChoice(access, 'access', ['write', 'read']),
    driver,
  };
}
