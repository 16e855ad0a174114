/** Owns the SQL connection to a Durable Object's own database. */

import type { SqlConnection, SqlStatement, SqlValue } from '../storage/sql-connection.ts';

/** What is used of `ctx.storage` of a Durable Object with SQLite. */
export interface DurableStorage {
  readonly sql: {
    exec(
      query: string,
      ...bindings: (string | number | null | ArrayBuffer)[]
    ): {
      raw(): Iterable<readonly unknown[]>;
    };
  };
  /** Keys beside the tables, part of the same transactions. */
  readonly kv: { get(key: string): unknown; put(key: string, value: number): void };
  transactionSync<T>(closure: () => T): T;
}

/**
 * A connection for `createSqlStorage` inside a Durable Object. All that it does is synchronous; the object's output
 * gate holds every answer back until what was written before it is durable. A BLOB may have 2 MiB at most.
 */
export function createDurableConnection(storage: DurableStorage): SqlConnection {
  const execute = (sql: string, values: readonly SqlValue[] = []): readonly unknown[][] =>
    Array.from(storage.sql.exec(sql, ...values.map(toBinding)).raw(), (row) => row.map(toBytes));
  return {
    all: execute,
    transaction(statements: Iterable<SqlStatement>) {
      storage.transactionSync(() => {
        for (const { sql, values } of statements) execute(sql, values);
      });
    },
    close() {
      // The database is the object's, and ends with it.
    },
  };
}

function toBinding(value: SqlValue): string | number | null | ArrayBuffer {
  if (!(value instanceof Uint8Array)) return value;
  const { buffer, byteLength } = value;
  return byteLength === buffer.byteLength && buffer instanceof ArrayBuffer ? buffer : value.slice().buffer;
}

function toBytes(value: unknown): unknown {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}
