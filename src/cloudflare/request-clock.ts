/**
 * Owns how requests of one isolate share work without sharing I/O. Knows nothing of what the work is.
 *
 * workerd binds a timer to the request that set it: it dies with that request, and a request that only waits for
 * another's timer is cancelled as hung. Plain promises may cross. So nothing here sets a timer for somebody else:
 * callbacks that are due later lie in one list of the isolate, and every request that waits (`attend`) brings its own
 * timer, with which it runs whatever is due, its own or not. Any one of the waiting requests is enough.
 */

import type { Clock } from '../core/types.ts';

export interface RequestClock {
  /** For the router: its callbacks run while at least one request attends. */
  readonly clock: Clock;
  /** The call's outcome, with this request kept alive and the clock running meanwhile; `tick` is called now and then while it is open. */
  readonly attend: <T>(call: Promise<T>, tick?: () => void) => Promise<T>;
}

/** The most that a waiting request sleeps when nothing is due: bounds how late it takes over from one that died. */
const MAX_PAUSE_MS = 16;

interface Entry {
  readonly at: number;
  readonly callback: () => void;
}

export function createRequestClock(): RequestClock {
  const entries = new Map<number, Entry>();
  let lastHandle = 0;

  function add(callback: () => void, delayMs: number): number {
    entries.set(++lastHandle, { at: Date.now() + delayMs, callback });
    return lastHandle;
  }

  /** What came due, but not what that adds: events that wait come first. */
  function runDue(): void {
    const now = Date.now();
    const due = [...entries].filter(([, { at }]) => at <= now);
    for (const [handle, { callback }] of due) if (entries.delete(handle)) callback();
  }

  function untilNextMs(): number | undefined {
    if (entries.size === 0) return undefined;
    const next = Math.min(...Array.from(entries.values(), ({ at }) => at));
    return Math.max(0, next - Date.now());
  }

  async function attend<T>(call: Promise<T>, tick?: () => void): Promise<T> {
    const state = { isSettled: false };
    const settle = (): void => void (state.isSettled = true);
    const settling = call.then(settle, settle);
    for (let pauses = 0; !state.isSettled; pauses++) {
      const pauseMs = Math.min(untilNextMs() ?? 2 ** pauses, MAX_PAUSE_MS);
      const timer = createTimer(pauseMs);
      await Promise.race([settling, timer.fired]);
      timer.clear();
      if (state.isSettled) break;
      tick?.();
      runDue();
    }
    return call;
  }

  return {
    clock: {
      now: () => Date.now(),
      setTimeout: add,
      clearTimeout: (handle) => void entries.delete(handle as number),
      soon: (callback) => void add(callback, 0),
    },
    attend,
  };
}

function createTimer(delayMs: number): { readonly fired: Promise<void>; readonly clear: () => void } {
  let handle: ReturnType<typeof setTimeout> | undefined;
  const fired = new Promise<void>((resolve) => {
    handle = setTimeout(resolve, delayMs);
  });
  return { fired, clear: () => clearTimeout(handle) };
}
