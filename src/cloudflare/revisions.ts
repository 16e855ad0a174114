/** Owns the revision of a Durable Object's routes: it changes in the same transaction as they do, and outlives the object. */

import type { SqlConnection, SqlStatement } from '../storage/sql-connection.ts';
import { createDurableConnection, type DurableStorage } from './durable-sql.ts';

export interface Revisions {
  /** For the storage; its transactions count while `counting` runs. */
  readonly connection: SqlConnection;
  readonly current: () => number;
  /** Adds `changes` to the revision in the one transaction that `write` makes. One call at a time. */
  readonly counting: (changes: number, write: () => Promise<void>) => Promise<void>;
}

const KEY = 'synaptoroute:revision';

export function createRevisions(storage: DurableStorage): Revisions {
  const connection = createDurableConnection(storage);
  let uncounted = 0;

  function current(): number {
    return (storage.kv.get(KEY) as number | undefined) ?? 0;
  }

  /** The list is read inside the transaction, so what happens at its end does too. */
  function* counted(statements: Iterable<SqlStatement>): Iterable<SqlStatement> {
    yield* statements;
    if (uncounted === 0) return;
    storage.kv.put(KEY, current() + uncounted);
    uncounted = 0;
  }

  return {
    connection: { ...connection, transaction: (statements) => connection.transaction(counted(statements)) },
    current,
    async counting(changes, write) {
      uncounted = changes;
      try {
        await write();
      } finally {
        uncounted = 0;
      }
    },
  };
}
