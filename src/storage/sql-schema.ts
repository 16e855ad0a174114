/** Owns the tables: their making, their versions, and whether a database is one of ours. */

import { RouterError } from '../core/errors.ts';
import type { SqlConnection, SqlStatement } from './sql-connection.ts';

const APPLICATION = 'synaptoroute';

/**
 * Each step makes the next version of the schema out of the one before; a step that was released never changes.
 *
 * Utterances are read and edited as rows; their vectors lie apart, some hundred in a BLOB (`sql-chunks.ts`), because a
 * row for each takes five times as long to read. The order of ids is the order in which things were added.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    'CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT',
    `CREATE TABLE routes (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      threshold REAL,
      metadata TEXT,
      version INTEGER NOT NULL DEFAULT 1
    ) STRICT`,
    `CREATE TABLE utterances (
      id INTEGER PRIMARY KEY,
      route_id INTEGER NOT NULL REFERENCES routes (id) ON DELETE CASCADE,
      negative INTEGER NOT NULL,
      text TEXT NOT NULL,
      UNIQUE (route_id, negative, text)
    ) STRICT`,
    'CREATE TABLE chunks (id INTEGER PRIMARY KEY, rows BLOB NOT NULL, vectors BLOB NOT NULL) STRICT',
    'CREATE TABLE fit (part INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT',
    `INSERT INTO meta (key, value) VALUES ('application', '${APPLICATION}')`,
  ],
];

const SET_META = 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';

export function setMeta(key: string, value: string): SqlStatement {
  return { sql: SET_META, values: [key, value] };
}

/**
 * The version of a database's schema, 0 where it is empty; only looks.
 * @throws RouterError `STORAGE_FAILED` for another program's, `UNSUPPORTED` for a later release's, `STORAGE_CORRUPT`
 */
export async function checkSchema(connection: SqlConnection, latest: number = MIGRATIONS.length): Promise<number> {
  const version = await versionOf(connection);
  if (version <= latest) return version;
  throw new RouterError(
    'UNSUPPORTED',
    `Got a database of schema version ${version}, where this release reads up to ${latest}; use a later release of synaptoroute.`,
  );
}

/** Makes the tables of an empty database, brings older ones forward in one transaction, and refuses what is not ours. */
export async function prepareSchema(
  connection: SqlConnection,
  access: 'write' | 'read',
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<void> {
  const version = await checkSchema(connection, migrations.length);
  if (version === migrations.length) return;
  if (access === 'read') {
    throw new RouterError(
      'STORAGE_FAILED',
      version === 0
        ? 'Got an empty database to read; open it for writing once, which makes its tables.'
        : `Got a database of schema version ${version} to read, where this release has ${migrations.length}; open it for writing once, which brings it forward.`,
    );
  }
  const steps = migrations.slice(version).flat();
  await connection.transaction([
    ...steps.map((sql) => ({ sql, values: [] })),
    setMeta('schema_version', String(migrations.length)),
  ]);
}

/** 0 for a database without tables. */
async function versionOf(connection: SqlConnection): Promise<number> {
  // SQLite's own tables and those of a Durable Object's home say nothing.
  const tables = await connection.all(
    String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_cf\_%' ESCAPE '\'`,
  );
  const names = tables.map(([name]) => String(name));
  if (names.length === 0) return 0;
  const meta = names.includes('meta') ? await readMeta(connection).catch(() => undefined) : undefined;
  const version = Number(meta?.get('schema_version'));
  if (meta?.get('application') === APPLICATION && Number.isInteger(version) && version > 0) return version;
  const isPython = names.includes('routes') && names.includes('utterances');
  throw new RouterError(
    'STORAGE_FAILED',
    `Got a database of another program, with the tables ${names.slice(0, 5).join(', ').slice(0, 80)}; ${
      isPython ? 'read the file of a Python SynaptoRoute with readPythonRoutes()' : 'choose another path'
    }. It was left as it is.`,
  );
}

export async function readMeta(connection: SqlConnection): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.all('SELECT key, value FROM meta');
  return new Map(rows.map(([key, value]) => [String(key), String(value)]));
}
