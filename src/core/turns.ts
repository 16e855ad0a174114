/** Owns an order: acts run one after another, in the order in which they were asked for. */

export interface Turns {
  /** Runs `act` when every act asked for before has settled, and `ready` too. */
  take<T>(act: () => Promise<T>, ready?: Promise<unknown>): Promise<T>;
  /** Resolves when every act asked for so far has settled. */
  settled(): Promise<void>;
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    take(act, ready) {
      // Each rejection reaches the caller through the act's own promise; the chain only keeps the order.
      const acted = Promise.allSettled([last, ready]).then(act);
      last = acted.then(ignore, ignore);
      return acted;
    },
    settled: () => last,
  };
}

function ignore(): void {
  // Who asked for the act has its rejection.
}
