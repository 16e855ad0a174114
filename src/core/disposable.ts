/** Owns how a router ends: `await using`, and closing what was made for it alone. */

import { parseCloseOptions } from './input.ts';
import type { CloseOptions, Router } from './types.ts';

// Safari has no Symbol.asyncDispose yet, and then nobody there can ask for it either.
const asyncDispose: symbol = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** A router's methods as a whole `Router`: `await using` closes it. */
export function makeDisposable(methods: Omit<Router, typeof Symbol.asyncDispose>): Router {
  return { ...methods, [asyncDispose]: () => methods.close() } as Router;
}

/** A router that also closes what was made for it alone. */
export function withOwned(router: Router, owned: { close?(): Promise<void> }): Router {
  let closing: Promise<void> | undefined;
  const close = async (options?: CloseOptions): Promise<void> => {
    try {
      await router.close(options);
    } finally {
      await owned.close?.();
    }
  };
  return makeDisposable({
    ...router,
    close: async (options) => {
      // A wrong option closes nothing.
      parseCloseOptions(options);
      await (closing ??= close(options));
    },
  });
}
