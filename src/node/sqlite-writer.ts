import type { SqlConnection } from '../storage/sql-connection.ts';
import { isBusy } from '../storage/sql-errors.ts';
import { FileWatch, goneError } from './database-file.ts';
import { connectSqlite, type SqliteDatabase } from './sqlite-driver.ts';

/** Another process that opens or closes the file holds it for some milliseconds; who writes is a matter of the lock. */
export const SET_PATIENCE = 'PRAGMA busy_timeout = 5000';

/** How long after the latest change the log is written back, so that little hangs on it. */
const REST_MS = 100;

/** The connection of a file's one writer. @param release called when it is closed */
export function connectWriter(handle: SqliteDatabase, path: string, release: () => void): SqlConnection {
  const connection = connectSqlite(handle);
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
        release();
      }
      watches.pop();
      checkPlace();
    },
  };
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
