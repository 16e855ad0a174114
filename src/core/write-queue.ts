/** Owns the order of durable writes and what is known of each; knows nothing of what storage does with them. */

import { RouterError, toRouterError } from './errors.ts';
import type { Mutation, Storage } from './types.ts';

export interface WriteQueue {
  /** Queues a mutation that memory already holds; gives its revision and the promise of its durability. */
  push(mutation: Mutation): { readonly revision: number; readonly durable: Promise<void> };
  /** Resolves when everything pushed before is durable; rejects if any of it failed. */
  flush(): Promise<void>;
  /** Resolves when no write is under way or waits, whether or not they succeeded. */
  idle(): Promise<void>;
  /** Lets writes through again after a failed one: only where memory has become what storage holds. */
  forgive(): void;
  /** What the failed write said, since when nothing is written. */
  readonly failure: string | null;
  readonly revision: number;
  readonly durableRevision: number;
}

/**
 * Writes go to storage in order, those that wait together as one transaction. After a failed write
 * every later one fails too: applied on top of a gap it would make a disk that never was in memory.
 */
export function createWriteQueue(storage: Pick<Storage, 'apply'>): WriteQueue {
  let pending: Mutation[] = [];
  let revision = 0;
  let durableRevision = 0;
  let failure: RouterError | undefined;
  /** The write that will take `pending`; a new one is chained once it has taken it. */
  let next: Promise<void> | undefined;
  let tail: Promise<void> = Promise.resolve();

  async function writePending(previous: Promise<void>): Promise<void> {
    await previous.catch(() => undefined);
    const mutations = pending;
    pending = [];
    next = undefined;
    if (failure) throw failure;
    try {
      await storage.apply(mutations);
      durableRevision += mutations.length;
    } catch (error) {
      const { message } = toRouterError(error, 'STORAGE_FAILED', 'Writing');
      failure = new RouterError(
        'STORAGE_FAILED',
        `${message.replace(/\.$/, '')}. The changes are in memory only, as will be later ones; mend the storage, then reload() or open the router again.`,
        { cause: error },
      );
      throw failure;
    }
  }

  function push(mutation: Mutation): { revision: number; durable: Promise<void> } {
    pending.push(mutation);
    if (!next) {
      next = writePending(tail);
      tail = next;
      // A caller who does not look at `durable` learns of the failure from flush(), not from a crash.
      next.catch(() => undefined);
    }
    return { revision: ++revision, durable: next };
  }

  return {
    push,
    flush: async () => tail,
    idle: () => tail.catch(() => undefined),
    forgive() {
      failure = undefined;
      tail = Promise.resolve();
      durableRevision = revision;
    },
    get failure() {
      return failure?.message ?? null;
    },
    get revision() {
      return revision;
    },
    get durableRevision() {
      return durableRevision;
    },
  };
}
