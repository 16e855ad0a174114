/** Owns the moments at which a thread must not be ended: its native calls. Ending it in one of them ends the process. */

/** Both ends share this memory: how many calls are under way, and whether no more may begin. */
export type NativeCalls = Int32Array;

const UNDER_WAY = 0;
const IS_OVER = 1;
/** Far above what loading a model takes; a call that hangs may not hold the process for ever. */
const LONGEST_WAIT_MS = 30_000;

export function createNativeCalls(): NativeCalls {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Makes a native call, unless the process is about to end: then nobody waits for it, and it never settles. */
export async function callNatively<T>(calls: NativeCalls | undefined, call: () => Promise<T>): Promise<T> {
  if (!calls) return call();
  Atomics.add(calls, UNDER_WAY, 1);
  try {
    // Only once it is counted, so that who has said that it is over sees every call that did not see that.
    if (!Atomics.load(calls, IS_OVER)) return await call();
  } finally {
    Atomics.sub(calls, UNDER_WAY, 1);
    Atomics.notify(calls, UNDER_WAY);
  }
  return new Promise<never>(() => undefined);
}

const living = new Set<NativeCalls>();

/** From now on the end of the process waits for the call that is under way, a batch at most. */
export function outlive(calls: NativeCalls): void {
  if (living.size === 0) process.on('exit', endAll);
  living.add(calls);
}

export function forget(calls: NativeCalls): void {
  living.delete(calls);
  if (living.size === 0) process.off('exit', endAll);
}

function endAll(): void {
  for (const calls of living) Atomics.store(calls, IS_OVER, 1);
  for (const calls of living) {
    for (let count = Atomics.load(calls, UNDER_WAY); count > 0; count = Atomics.load(calls, UNDER_WAY)) {
      if (Atomics.wait(calls, UNDER_WAY, count, LONGEST_WAIT_MS) === 'timed-out') return;
    }
  }
}
