/**
 * Owns how a page learns that a worker is gone. A worker that ends or crashes sends no event; the Web
 * Lock that it held is released, and that is one.
 */

interface LockManagerLike {
  request(name: string, callback: () => unknown): Promise<unknown>;
}

/** Holds a lock of a new name for as long as this thread lives; resolves to the name once it is held. */
export function holdLifeLock(): Promise<string | undefined> {
  const locks = lockManager();
  if (!locks) return Promise.resolve(undefined);
  const name = `synaptoroute-life-${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    void locks.request(name, () => {
      resolve(name);
      return new Promise(() => undefined);
    });
  });
}

/** Calls `onGone` when the lock's holder has ended. */
export function watchLifeLock(name: string, onGone: () => void): void {
  void lockManager()?.request(name, onGone);
}

/** Missing outside secure contexts; there only the worker's own error events tell. */
function lockManager(): LockManagerLike | undefined {
  return (navigator as { readonly locks?: LockManagerLike }).locks;
}
