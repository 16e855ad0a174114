/**
 * Owns how one thread learns that another is gone. A worker that ends or crashes sends no event; the Web
 * Lock that it held is released, and that is one.
 */

interface LockManagerLike {
  request(name: string, callback: () => unknown): Promise<unknown>;
}

/** A lock that is held until it is released, or until this thread ends. */
export interface HeldLock {
  readonly name: string;
  readonly release: () => void;
}

/** Takes a lock of a new name. `undefined` where there are none: outside secure contexts, and where the browser denies them. */
export function holdLock(): Promise<HeldLock | undefined> {
  const locks = lockManager();
  if (!locks) return Promise.resolve(undefined);
  const name = `synaptoroute-life-${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    let release!: () => void;
    const released = new Promise<void>((done) => {
      release = done;
    });
    const hold = (): void => {
      let isHeld = false;
      const onHeld = (): Promise<void> => {
        isHeld = true;
        resolve({ name, release });
        return released;
      };
      // One that was stolen is taken again, for this thread lives.
      locks.request(name, onHeld).catch(() => (isHeld ? hold() : resolve(undefined)));
    };
    hold();
  });
}

/** Calls `onGone` when the lock's holder has ended, or has released it. */
export function watchLifeLock(name: string, onGone: () => void): void {
  lockManager()
    ?.request(name, onGone)
    .catch(() => undefined);
}

/** Missing outside secure contexts; there only the worker's own error events tell. */
function lockManager(): LockManagerLike | undefined {
  return (navigator as { readonly locks?: LockManagerLike }).locks;
}
