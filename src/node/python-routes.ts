/** Owns the reading of the SQLite file that SynaptoRoute 0.2 for Python keeps its routes in. */

import { RouterError } from '../core/errors.ts';
import { parseRoutes } from '../core/parse-routes.ts';
import type { Route } from '../core/types.ts';
import { toStorageError } from '../storage/sql-errors.ts';
import { connectSqlite, loadDriver, type DriverChoice } from './sqlite-driver.ts';

/**
 * The routes of such a file, in the order in which they were added; the file stays as it is. Its vectors are another
 * model's and are left out: they are made anew when the routes are added.
 *
 * Rejects with `STORAGE_FAILED` for a file without its tables, `STORAGE_CORRUPT` for one that is no database,
 * `INVALID_ROUTE` for a route that cannot be one here, `UNSUPPORTED` without SQLite.
 */
export async function readPythonRoutes(path: string, driver?: DriverChoice): Promise<readonly Route[]> {
  const sqlite = await loadDriver(driver);
  try {
    const connection = connectSqlite(sqlite.open(path, 'read'));
    try {
      const routes = await connection.all('SELECT name, threshold, metadata FROM routes ORDER BY rowid');
      const texts = await connection.all('SELECT route_name, utterance FROM utterances ORDER BY rowid');
      return parseRoutes(
        routes.map(([name, threshold, metadata]) => ({
          name,
          threshold,
          metadata: typeof metadata === 'string' && metadata !== '' ? readMetadata(String(name), metadata) : undefined,
          utterances: texts.filter(([route]) => route === name).map(([, text]) => text),
        })),
      );
    } finally {
      void connection.close();
    }
  } catch (error) {
    throw toStorageError(error, `Reading ${path} as a database of SynaptoRoute for Python`);
  }
}

function readMetadata(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RouterError('INVALID_ROUTE', `Got metadata of "${name}" that are no JSON; mend them in the file.`, {
      cause,
    });
  }
}
