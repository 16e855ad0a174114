/** Owns a call's time limit: one signal made of the caller's own and of a timer. */

import { onAbort } from './abort-listeners.ts';
import type { AbortSignalLike, CallOptions, Clock } from './types.ts';

declare const AbortController: new () => { readonly signal: AbortSignalLike; abort(reason: unknown): void };

/** Makes a call with the signal that ends it; timer and listener are gone when it settles. */
export async function withDeadline<T>(
  { signal, timeoutMs }: CallOptions,
  clock: Clock,
  call: (signal?: AbortSignalLike) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return call(signal);
  const controller = new AbortController();
  const timer = clock.setTimeout(() => controller.abort(timeoutReason(timeoutMs)), timeoutMs);
  const release = onAbort(signal, () => controller.abort(signal?.reason));
  if (signal?.aborted) controller.abort(signal.reason);
  try {
    return await call(controller.signal);
  } finally {
    clock.clearTimeout(timer);
    release();
  }
}

/** Named as the reason of `AbortSignal.timeout()` is. */
function timeoutReason(timeoutMs: number): Error {
  return Object.assign(new Error(`not answered within ${timeoutMs} ms`), { name: 'TimeoutError' });
}
