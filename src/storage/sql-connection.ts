/** Owns what is asked of an SQL engine: SQLite in any of its homes, synchronous or not. */

export type SqlValue = string | number | null | Uint8Array;
export type MaybePromise<T> = T | Promise<T>;

/** One statement with the values of its `?`, in order. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export type TakeRow = (row: readonly unknown[]) => void;

/**
 * One connection to one SQLite database, used by one storage. Statements are few and return as equal texts, so an
 * engine may keep them prepared. Nothing here sends BEGIN or PRAGMA: how a transaction is made, how durable it is and
 * who else may write are the connection's own affair. Foreign keys must be enforced.
 */
export interface SqlConnection {
  /** Every row of a query as an array of its columns, BLOBs as bytes of their own. */
  all(sql: string, values?: readonly SqlValue[]): MaybePromise<readonly (readonly unknown[])[]>;
  /**
   * As `all`, a row at a time, whose BLOBs hold no longer than until `take` returns: they may lie in the engine's own
   * memory, or are given back at once. A thread that has other work to do may do some before it resolves. Absent: `all`
   * is asked.
   */
  each?(sql: string, values: readonly SqlValue[], take: TakeRow): MaybePromise<void>;
  /**
   * Runs the statements in order, as one transaction: all of them are durable when it returns or resolves, or it
   * throws or rejects and none has taken effect. The list is read once, one at a time.
   */
  transaction(statements: Iterable<SqlStatement>): MaybePromise<void>;
  /** Runs reads that all see one state, whoever writes meanwhile. Absent: nobody else can. */
  snapshot?<T>(read: () => Promise<T>): Promise<T>;
  close(): MaybePromise<void>;
}

/** Each row of a query, lent where the engine can. */
export async function eachRow(
  connection: SqlConnection,
  sql: string,
  values: readonly SqlValue[],
  take: TakeRow,
): Promise<void> {
  if (connection.each) return connection.each(sql, values, take);
  for (const row of await connection.all(sql, values)) take(row);
}
