import { onAbort } from '../core/abort-listeners.ts';
import { RouterError, abortError } from '../core/errors.ts';
import type { AbortSignalLike } from '../core/types.ts';

/** In full batches, running and waiting. More would wait past most time limits and only cost memory. */
const MOST_OF_CLIENT = 2;
const MOST_OF_ALL = 8;

/**
 * Whose batch the router works on next: one piece of one batch at a time, clients in rotation. A client with a hundred
 * batches gets no more turns than a client with one.
 */
export interface BatchTurns {
  /**
   * Lets a batch in; `share` is how much of a full batch it is. Gives what lets its room go. Throws `QUEUE_FULL`.
   */
  readonly admit: (client: string, share: number) => () => void;
  /** Runs `act` when it is the client's turn. Rejects with `ABORTED` or `TIMEOUT` where the signal comes first. */
  readonly take: <T>(client: string, signal: AbortSignalLike | undefined, act: () => Promise<T>) => Promise<T>;
}

export function createBatchTurns(): BatchTurns {
  const shares = new Map<string, number>();
  let total = 0;
  /** Clients in the order of their turns, each with the pieces that wait. */
  const waiting = new Map<string, Set<() => void>>();
  let isTaken = false;

  function next(): void {
    const [first] = waiting;
    isTaken = first !== undefined;
    if (!first) return;
    const [client, pieces] = first;
    const [start] = pieces;
    // To the end of the rotation, if it has more.
    waiting.delete(client);
    if (start) pieces.delete(start);
    if (pieces.size > 0) waiting.set(client, pieces);
    start?.();
  }

  function wait(client: string, signal: AbortSignalLike | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const pieces = waiting.get(client) ?? new Set();
      const start = (): void => {
        release();
        resolve();
      };
      const release = onAbort(signal, () => {
        release();
        pieces.delete(start);
        if (pieces.size === 0 && waiting.get(client) === pieces) waiting.delete(client);
        reject(abortError(signal));
      });
      pieces.add(start);
      waiting.set(client, pieces);
    });
  }

  return {
    admit(client, share) {
      const own = shares.get(client) ?? 0;
      if (own + share > MOST_OF_CLIENT || total + share > MOST_OF_ALL) {
        throw new RouterError('QUEUE_FULL', 'Got a batch while too many have no answer yet; send fewer at once.');
      }
      shares.set(client, own + share);
      total += share;
      return () => {
        total -= share;
        const left = (shares.get(client) ?? 0) - share;
        // What is left of a sum of fractions may not be 0.
        if (left > 1e-9) shares.set(client, left);
        else shares.delete(client);
      };
    },
    async take(client, signal, act) {
      if (signal?.aborted) throw abortError(signal);
      if (isTaken) await wait(client, signal);
      isTaken = true;
      try {
        return await act();
      } finally {
        next();
      }
    },
  };
}
