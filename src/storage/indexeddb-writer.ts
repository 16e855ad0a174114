import { RouterError } from '../core/errors.ts';
import { inTransaction, type Database, type Writing } from './indexeddb-database.ts';

/**
 * Runs transactions as the database's writer: the first one claims it, and the next ones reject with `LEADER_CHANGED`,
 * changing nothing, once another has claimed it. A tab that was suspended and wakes may not know yet that another leads.
 */
export function createWriter(database: Database): <T>(act: (writing: Writing) => Promise<T>) => Promise<T> {
  const id = crypto.randomUUID();
  let hasClaimed = false;
  return async (act) => {
    const result = await inTransaction(database, async (writing) => {
      const meta = writing.transaction.objectStore('meta');
      if (!hasClaimed) await meta.put(id, 'writer');
      else if ((await meta.get('writer')) !== id) throw takenOver();
      return act(writing);
    });
    hasClaimed = true;
    return result;
  };
}

function takenOver(): RouterError {
  return new RouterError('LEADER_CHANGED', 'Got a change of a tab that another one has taken the routes over from.');
}
