/** Owns work that is done once for all requests of an isolate, such as loading the model, whichever request began it. */

import { waitUntil } from 'cloudflare:workers';
import type { RequestClock } from './request-clock.ts';

/** A request that gave no sign for so long has been cancelled with its I/O, and another begins the work anew. */
const LOST_AFTER_MS = 5000;

interface Work<T> {
  readonly promise: Promise<T>;
  /** When the request whose I/O this is was last alive. */
  aliveAt: number;
}

class LostError extends Error {}

/**
 * Begins `work` at the first call; calls that come meanwhile share it. What it resolved to is kept where `keeps`, a
 * failure never: the next call tries again.
 */
export function createSharedWork<T>(
  work: () => Promise<T>,
  { attend }: RequestClock,
  { keeps }: { readonly keeps: boolean },
): () => Promise<T> {
  let current: Work<T> | undefined;

  function begin(): Work<T> {
    const begun: Work<T> = { promise: work(), aliveAt: Date.now() };
    const end = (): void => {
      if (current === begun) current = undefined;
    };
    begun.promise.then(keeps ? ignore : end, end);
    // Lives on when the client that began it has gone.
    waitUntil(attend(begun.promise, () => (begun.aliveAt = Date.now())).catch(ignore));
    return begun;
  }

  return async () => {
    for (;;) {
      const shared = (current ??= begin());
      try {
        return await attend(shared.promise, () => {
          if (Date.now() - shared.aliveAt > LOST_AFTER_MS) throw new LostError();
        });
      } catch (error) {
        if (!(error instanceof LostError)) throw error;
        if (current === shared) current = undefined;
      }
    }
  };
}

function ignore(): void {
  // Whoever waits for the work has the rejection.
}
