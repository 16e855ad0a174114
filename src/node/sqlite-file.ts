/** Opens an SQLite file: whether it is ours, who may write it, how its log is kept. */

import { statSync } from 'node:fs';
import { RouterError } from '../core/errors.ts';
import type { SqlConnection } from '../storage/sql-connection.ts';
import { isBusy } from '../storage/sql-errors.ts';
import { checkSchema } from '../storage/sql-schema.ts';
import { acknowledgedPath, leastRevision, realPathOf } from './database-file.ts';
import { connectSqlite, type SqliteDatabase, type SqliteDriver } from './sqlite-driver.ts';
import { SET_PATIENCE, connectWriter, revisionOf } from './sqlite-writer.ts';

/** Large enough to read chunks fast, small enough for a single edit: 16 KiB was best over both. */
const PAGE_BYTES = 16_384;

export interface SqliteFile {
  readonly name: string;
  readonly access: 'write' | 'read';
  readonly synchronous: 'full' | 'normal';
}

/** Rejects as `createSqliteStorage` does; a file that is refused is left as it was. */
export async function openSqliteFile(
  driver: SqliteDriver,
  { name, access, synchronous }: SqliteFile,
): Promise<SqlConnection> {
  const path = realPathOf(name);
  await look(driver, path);
  return access === 'read' ? connectSqlite(openToRead(driver, path)) : openToWrite(driver, path, synchronous);
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
