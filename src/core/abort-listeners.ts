/**
 * Owns who listens to an abort signal: one listener on a signal however many calls share it. Platforms warn of a leak
 * from the eleventh on, and a signal outlives its calls.
 */

import { abortError } from './errors.ts';
import type { AbortSignalLike } from './types.ts';

interface Listeners {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const listenersOf = new WeakMap<AbortSignalLike, Listeners>();

/** Calls `callback` when the signal aborts; the returned function ends that. Without a signal: never. */
export function onAbort(signal: AbortSignalLike | undefined, callback: () => void): () => void {
  if (!signal) return doNothing;
  const listeners = listenersOf.get(signal) ?? listen(signal);
  listeners.callbacks.add(callback);
  return () => {
    listeners.callbacks.delete(callback);
    if (listeners.callbacks.size === 0) release(signal, listeners);
  };
}

/** Settles as the promise does, or rejects with `ABORTED` or `TIMEOUT` when the signal aborts first. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (!signal) return promise;
  let stop = doNothing;
  const aborted = new Promise<never>((_, reject) => {
    stop = onAbort(signal, () => reject(abortError(signal)));
    if (signal.aborted) reject(abortError(signal));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop();
  }
}

/**
 * A signal of plain data. A platform may tie its own to the request that made it, and what waits in a queue is let go by
 * whichever request comes.
 */
export function createAbort(): { readonly signal: AbortSignalLike; readonly abort: (reason: unknown) => void } {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_: 'abort', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_: 'abort', listener: () => void) => void listeners.delete(listener),
  };
  return {
    signal,
    abort(reason) {
      if (signal.aborted) return;
      Object.assign(signal, { aborted: true, reason });
      for (const listener of listeners) listener();
    },
  };
}

function listen(signal: AbortSignalLike): Listeners {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    release(signal, listeners);
    for (const callback of callbacks) callback();
  };
  const listeners = { callbacks, listener };
  listenersOf.set(signal, listeners);
  signal.addEventListener('abort', listener);
  return listeners;
}

/** Once: a later call finds the signal with other listeners, or with none. */
function release(signal: AbortSignalLike, listeners: Listeners): void {
  if (listenersOf.get(signal) !== listeners) return;
  listenersOf.delete(signal);
  signal.removeEventListener('abort', listeners.listener);
}

function doNothing(): void {
  // There is nothing to end.
}
