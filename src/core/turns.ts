/** Owns an order: acts run one after another, in the order in which they were asked for. */

import { unlessAborted } from './abort-listeners.ts';
import { abortError } from './errors.ts';
import type { AbortSignalLike } from './types.ts';

export interface TurnOptions {
  /** The act waits for it too. */
  readonly ready?: Promise<unknown>;
  /** An act whose turn has not come when it aborts never runs; from then on the signal is the act's own business. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface Turns {
  /**
   * Runs `act` when every act asked for before has settled. Rejects at once with `ABORTED` or `TIMEOUT` where the signal
   * aborts before that.
   */
  take<T>(act: () => Promise<T>, options?: TurnOptions): Promise<T>;
  /** Resolves when every act asked for so far has settled. */
  settled(): Promise<void>;
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    async take(act, { ready, signal } = {}) {
      // Each rejection reaches the caller through the act's own promise; the chain only keeps the order.
      const turn = Promise.allSettled([last, ready]);
      let acting: ReturnType<typeof act> | undefined;
      const acted = turn.then(() => {
        if (signal?.aborted) throw abortError(signal);
        return (acting = act());
      });
      last = acted.then(ignore, ignore);
      await unlessAborted(turn, signal).catch((error: unknown) => {
        // The turn may have come in the same moment.
        if (!acting) throw error;
      });
      return acted;
    },
    settled: () => last,
  };
}

function ignore(): void {
  // Who asked for the act has its rejection.
}
