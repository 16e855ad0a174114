/** Owns waiting between two tries. */

import { onAbort } from '../core/abort-listeners.ts';
import { abortError } from '../core/errors.ts';
import type { AbortSignalLike, Clock } from '../core/types.ts';

/** Rejects with `ABORTED` or `TIMEOUT` as soon as the signal aborts. */
export async function pause(delayMs: number, clock: Clock, signal: AbortSignalLike | undefined): Promise<void> {
  if (signal?.aborted) throw abortError(signal);
  await new Promise<void>((resolve, reject) => {
    const release = onAbort(signal, () => {
      clock.clearTimeout(timer);
      reject(abortError(signal));
    });
    const timer = clock.setTimeout(() => {
      release();
      resolve();
    }, delayMs);
  });
}
