/** Owns which SQLite runs in Node, and how its handle is an `SqlConnection`. */

import { setImmediate } from 'node:timers/promises';
import { RouterError, messageOf } from '../core/errors.ts';
import { show } from '../core/guard.ts';
import type { SqlConnection, SqlStatement, SqlValue, TakeRow } from '../storage/sql-connection.ts';
import { giveBack } from './give-back.ts';

/** What is used of a database handle of `better-sqlite3` or of `node:sqlite`. */
export interface SqliteDatabase {
  prepare(sql: string): SqlitePrepared;
  exec(sql: string): unknown;
  close(): unknown;
}

export interface SqlitePrepared {
  run(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  /** Of better-sqlite3: rows as arrays. */
  raw?(): unknown;
  /** Of node:sqlite, since Node 22.16: the same. */
  setReturnArrays?(isOn: boolean): void;
}

export interface SqliteDriver {
  readonly name: 'better-sqlite3' | 'node:sqlite';
  /** Waits for no lock. */
  open(path: string, mode: 'write' | 'read'): SqliteDatabase;
}

export type DriverChoice = 'auto' | SqliteDriver['name'];

/** @throws RouterError `UNSUPPORTED`, `INVALID_OPTION` */
export async function loadDriver(choice: DriverChoice = 'auto'): Promise<SqliteDriver> {
  switch (choice) {
    case 'better-sqlite3':
      return loadBetterSqlite();
    case 'node:sqlite':
      return loadNodeSqlite();
    case 'auto':
      return loadBetterSqlite().catch((better: unknown) =>
        loadNodeSqlite().catch((node: unknown) => {
          throw new RouterError('UNSUPPORTED', `${messageOf(better)} ${messageOf(node)}`, { cause: better });
        }),
      );
    default:
      throw new RouterError(
        'INVALID_OPTION',
        `Expected \`driver\` to be auto, better-sqlite3 or node:sqlite, got ${show(choice)}.`,
      );
  }
}

type BetterSqlite = new (path: string, options: { readonly: boolean; timeout: number }) => SqliteDatabase;
type NodeSqlite = new (path: string, options: { readOnly: boolean }) => SqliteDatabase;

async function loadBetterSqlite(): Promise<SqliteDriver> {
  const name = 'better-sqlite3';
  try {
    const { default: Database } = (await import(/* @vite-ignore */ name)) as { readonly default: BetterSqlite };
    // Its compiled part is loaded with the first database.
    new Database(':memory:', { readonly: false, timeout: 0 }).close();
    return { name, open: (path, mode) => new Database(path, { readonly: mode === 'read', timeout: 0 }) };
  } catch (cause) {
    throw new RouterError(
      'UNSUPPORTED',
      `better-sqlite3 could not be loaded (${messageOf(cause)}); install it beside synaptoroute to keep routes in a file.`,
      { cause },
    );
  }
}

async function loadNodeSqlite(): Promise<SqliteDriver> {
  const name = 'node:sqlite';
  try {
    const { DatabaseSync } = (await import(/* @vite-ignore */ name)) as { readonly DatabaseSync: NodeSqlite };
    return { name, open: (path, mode) => new DatabaseSync(path, { readOnly: mode === 'read' }) };
  } catch (cause) {
    throw new RouterError('UNSUPPORTED', `This Node has no node:sqlite (${messageOf(cause)}); it comes with Node 22.`, {
      cause,
    });
  }
}

/**
 * A handle as a connection; the few statements stay prepared.
 * @param isCallers somebody else uses it too, and would meet a transaction that is open for some turns; nobody writes
 *   to the database but by it
 */
export function connectSqlite(
  database: SqliteDatabase,
  { isCallers = false }: { readonly isCallers?: boolean } = {},
): SqlConnection {
  const prepared = new Map<string, SqlitePrepared>();

  function prepare(sql: string): SqlitePrepared {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  }

  function all(sql: string, values: readonly SqlValue[] = []): readonly (readonly unknown[])[] {
    const statement = prepare(sql);
    statement.raw?.();
    statement.setReturnArrays?.(true);
    return statement.all(...values).map((row) => (Array.isArray(row) ? row : Object.values(row as object)));
  }

  /** Some hundred rows or BLOBs follow each other by this: a server goes on answering between two. */
  async function each(sql: string, values: readonly SqlValue[], take: TakeRow): Promise<void> {
    for (const row of all(sql, values)) {
      take(row);
      for (const value of row) if (value instanceof Uint8Array) giveBack(value);
    }
    await setImmediate();
  }

  function transaction(statements: Iterable<SqlStatement>): void {
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const { sql, values } of statements) prepare(sql).run(...values);
      database.exec('COMMIT');
    } catch (error) {
      rollBack();
      throw error;
    }
  }

  function rollBack(): void {
    try {
      database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
  }

  /** A transaction that only reads holds one state of the log. */
  async function snapshot<T>(read: () => Promise<T>): Promise<T> {
    database.exec('BEGIN');
    try {
      return await read();
    } finally {
      rollBack();
    }
  }

  return {
    all,
    each,
    transaction,
    ...(!isCallers && { snapshot }),
    close() {
      prepared.clear();
      database.close();
    },
  };
}
