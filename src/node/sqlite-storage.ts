/** Owns routes in an SQLite file of this machine: how it is opened, who may write it, how durable a write is. */

import { RouterError } from '../core/errors.ts';
import { guarded, show } from '../core/guard.ts';
import { parseChoice, parseObject } from '../core/input.ts';
import type { Storage } from '../core/types.ts';
import type { SqlConnection } from '../storage/sql-connection.ts';
import { toStorageError } from '../storage/sql-errors.ts';
import { createSqlStorage } from '../storage/sql-storage.ts';
import { connectSqlite, loadDriver, type DriverChoice, type SqliteDatabase } from './sqlite-driver.ts';

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
    return storageOn(connectSqlite(database, { isCallers: true }), 'sqlite', access);
  }
  // Bundled apart: most apps keep no file.
  const [driver, { openSqliteFile }] = await Promise.all([loadDriver(choice), import('./sqlite-file.ts')]);
  try {
    return storageOn(await openSqliteFile(driver, { name, access, synchronous }), driver.name, access);
  } catch (error) {
    throw toStorageError(error, `Opening ${name}`);
  }
}

function storageOn(connection: SqlConnection, kind: string, access: 'write' | 'read'): Storage {
  return createSqlStorage(connection, { status: () => ({ kind, persistent: true }), access });
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
      `Expected \`path\` to be the path of a file, without blanks around it, got ${show(path)}; 'memory' as the router's storage keeps no file.`,
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
