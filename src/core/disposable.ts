/** Owns what every router has whatever its methods are made of: `feedback`, `await using`, and an end that closes what was made for it alone. */

import { createFeedback } from './feedback.ts';
import { parseCloseOptions } from './input.ts';
import type { CloseOptions, Router } from './types.ts';

// Safari has no Symbol.asyncDispose yet, and then nobody there can ask for it either.
const asyncDispose: symbol = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** A router's methods as a whole `Router`: `await using` closes it, and `feedback` is made of the other verbs. */
export function makeDisposable<T extends Router>(methods: Omit<T, typeof Symbol.asyncDispose | 'feedback'>): T {
  const verbs = methods as unknown as Router;
  return { ...methods, feedback: createFeedback(verbs), [asyncDispose]: () => verbs.close() } as unknown as T;
}

/** A router that also closes what was made for it alone. */
export function withOwned<T extends Router>(router: T, owned: { close?(): Promise<void> }): T {
  let closing: Promise<void> | undefined;
  const close = async (options?: CloseOptions): Promise<void> => {
    try {
      await router.close(options);
    } finally {
      await owned.close?.();
    }
  };
  return makeDisposable<T>({
    ...router,
    close: async (options) => {
      // A wrong option closes nothing.
      parseCloseOptions(options);
      await (closing ??= close(options));
    },
  });
}
