/** Owns the tables: their making, their versions, and whether a database is one of ours. */

import { RouterError } from '../core/errors.ts';
import type { EncoderIdentity } from '../core/stored.ts';
import { damaged, sealText } from './seals.ts';
import type { SqlConnection, SqlStatement } from './sql-connection.ts';

const APPLICATION = 'synaptoroute';

/** What a row adds to the one sum of all rows, as `sumOfPair` has it. */
const pairSum = (a: string, b: string): string => `((2 * ${a} + 1) * (2 * ${b} + 1) & 4294967295)`;
const utteranceSum = (row: string): string => pairSum(`${row}.id`, `(2 * ${row}.route_id + (${row}.negative != 0))`);
const routeSum = (row: string): string => pairSum(`${row}.id`, `${row}.version`);

/** Rows come and go with their part of the sum, whichever statement brings or removes them. */
function sealed(table: string, sum: (row: string) => string): readonly string[] {
  return [
    `CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} BEGIN UPDATE seal SET sum = sum + ${sum('NEW')}; END`,
    `CREATE TRIGGER ${table}_removed AFTER DELETE ON ${table} BEGIN UPDATE seal SET sum = sum - ${sum('OLD')}; END`,
  ];
}

/**
 * Each step makes the next version of the schema out of the one before; a step that was released never changes.
 *
 * Utterances are read and edited as rows; their vectors lie apart, some hundred in a BLOB (`sql-chunks.ts`), because a
 * row for each takes five times as long to read. The order of ids is the order in which things were added.
 *
 * Every text is sealed (`seals.ts`): names, thresholds and metadata as JSON, utterances, the encoder. `seal` has one row:
 * a sum over all rows of routes, utterances and fit tells of those that are missing, doubled, of yesterday, or another's.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  // What was before was never released, and is not brought forward.
  [],
  [
    'CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT',
    'CREATE TABLE seal (revision INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT',
    `CREATE TABLE routes (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      threshold TEXT NOT NULL,
      metadata TEXT NOT NULL,
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
    'CREATE TABLE fit (part INTEGER PRIMARY KEY, bytes BLOB NOT NULL, sum INTEGER NOT NULL) STRICT',
    ...sealed('utterances', utteranceSum),
    ...sealed('routes', routeSum),
    ...sealed('fit', (row) => `${row}.sum`),
    `CREATE TRIGGER routes_changed AFTER UPDATE ON routes BEGIN UPDATE seal SET sum = sum - ${routeSum('OLD')} + ${routeSum('NEW')}; END`,
    'INSERT INTO seal (revision, sum) VALUES (0, 0)',
    `INSERT INTO meta (key, value) VALUES ('application', '${APPLICATION}'), ('encoder', '${sealText('')}')`,
  ],
];

const SET_META = 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';

function setMeta(key: string, value: string): SqlStatement {
  return { sql: SET_META, values: [key, value] };
}

export function setEncoder({ id, dimensions }: EncoderIdentity): SqlStatement {
  return setMeta('encoder', sealText(JSON.stringify({ id, dimensions })));
}

/**
 * The version of a database's schema, 0 where it is empty; only looks.
 * @throws RouterError `STORAGE_FAILED` for another program's, `UNSUPPORTED` for another release's, `STORAGE_CORRUPT`
 */
export async function checkSchema(
  connection: SqlConnection,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<number> {
  const version = await versionOf(connection);
  const oldest = migrations.findIndex((step) => step.length > 0) + 1;
  if (version === 0 || (version >= oldest && version <= migrations.length)) return version;
  throw new RouterError(
    'UNSUPPORTED',
    `Got a database of schema version ${version}, where this release reads ${oldest} to ${migrations.length}; use the release of synaptoroute that wrote it.`,
  );
}

/** Makes the tables of an empty database, brings older ones forward in one transaction, and refuses what is not ours. */
export async function prepareSchema(
  connection: SqlConnection,
  access: 'write' | 'read',
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<void> {
  const version = await checkSchema(connection, migrations);
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
  if (['seal', 'chunks', 'fit'].every((name) => names.includes(name))) throw damaged('damage in table "meta"');
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
