/** Owns a promise that is settled from outside, and what has become of it. */

/** What callers wait for, or why it does not come. */
export interface Wait<T> {
  state: 'waiting' | 'seated' | 'failed';
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function createWait<T>(): Wait<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  // A failure that nobody waits for is heard of by the next call.
  promise.catch(() => undefined);
  return { state: 'waiting', promise, resolve, reject };
}
