import { existsSync } from 'node:fs';
import type { SqlConnection } from '../storage/sql-connection.ts';
import { isBusy } from '../storage/sql-errors.ts';
import { Acknowledged, FileWatch, goneError } from './database-file.ts';
import { connectSqlite, type SqliteDatabase } from './sqlite-driver.ts';

/** Another process that opens or closes the file holds it for some milliseconds; who writes is a matter of the lock. */
export const SET_PATIENCE = 'PRAGMA busy_timeout = 5000';

/** How long after the latest change the log is written back, so that little hangs on it. */
const REST_MS = 100;

export interface WriterParts {
  readonly handle: SqliteDatabase;
  readonly path: string;
  /** Whether a power failure takes nothing that was acknowledged. */
  readonly isFlushed: boolean;
  /** Called when it is closed. */
  readonly release: () => void;
}

/** The connection of a file's one writer. */
export function connectWriter({ handle, path, isFlushed, release }: WriterParts): SqlConnection {
  const connection = connectSqlite(handle);
  const acknowledged = new Acknowledged(path);
  if (!isFlushed) acknowledged.close(false);
  const watches = [new FileWatch(path), new FileWatch(`${path}-wal`)];
  watches[0]?.note();
  const checkPlace = (): void => {
    if (!watches.every((watch) => watch.isSame)) throw goneError(path);
  };
  const rest = setTimeout(() => {
    if (!writeBack(handle, connection)) rest.refresh();
  }, REST_MS).unref();
  return {
    ...connection,
    transaction(statements) {
      void connection.transaction(statements);
      for (const watch of watches) watch.note();
      checkPlace();
      if (isFlushed) acknowledged.note(revisionOf(connection));
      rest.refresh();
    },
    snapshot(read) {
      checkPlace();
      return connection.snapshot?.(read) ?? read();
    },
    close() {
      clearTimeout(rest);
      try {
        void connection.close();
      } finally {
        // Of a file that is elsewhere now it would tell lies about the next.
        acknowledged.close(watches[0]?.isSame === true && existsSync(`${path}-wal`));
        release();
      }
      watches.pop();
      checkPlace();
    },
  };
}

/** How many transactions the database has had. */
export function revisionOf(connection: SqlConnection): number {
  const [row] = connection.all('SELECT revision FROM seal') as readonly (readonly unknown[])[];
  return Number(row?.[0]);
}

/** Empties the log, where no reader needs it; returns whether there is no sense in trying again at once. */
function writeBack(handle: SqliteDatabase, connection: SqlConnection): boolean {
  try {
    handle.exec('PRAGMA busy_timeout = 0');
    const [row] = connection.all('PRAGMA wal_checkpoint(TRUNCATE)') as readonly (readonly unknown[])[];
    return row?.[0] === 0;
  } catch (error) {
    // A disk that is full or failed is told by the next change.
    return !isBusy(error);
  } finally {
    handle.exec(SET_PATIENCE);
  }
}
