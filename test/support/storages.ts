/** Storages that fail, wait or lie on command; each is the memory storage with one thing changed. */

import { createMemoryStorage, type Mutation, type Storage, type StoredRoute } from 'synaptoroute';
import { createDeferred } from './promises.ts';

export interface TestStorage extends Storage {
  /** Every transaction that was asked for, failed ones included. */
  readonly writes: readonly (readonly Mutation[])[];
  readonly loads: number;
  readonly closes: number;
  /** Makes every write from now on reject with this. */
  failWith(error: unknown): void;
  mend(): void;
  /** Makes writes that start from now on wait for `release`. */
  hold(): void;
  release(): void;
}

export function createTestStorage(): TestStorage {
  const memory = createMemoryStorage();
  const writes: (readonly Mutation[])[] = [];
  const counts = { loads: 0, closes: 0 };
  let failure: { readonly error: unknown } | undefined;
  let gate: ReturnType<typeof createDeferred<void>> | undefined;
  return {
    async load(encoder) {
      counts.loads++;
      return memory.load(encoder);
    },
    async apply(mutations) {
      writes.push(mutations);
      await gate?.promise;
      if (failure) throw failure.error;
      return memory.apply(mutations);
    },
    status: () => memory.status(),
    async close() {
      counts.closes++;
      return memory.close();
    },
    writes,
    get loads() {
      return counts.loads;
    },
    get closes() {
      return counts.closes;
    },
    failWith(error) {
      failure = { error };
    },
    mend() {
      failure = undefined;
    },
    hold() {
      gate ??= createDeferred<void>();
    },
    release() {
      gate?.resolve();
      gate = undefined;
    },
  };
}

/** A storage that loads exactly these routes, whatever they are. */
export function createLoadingStorage(routes: unknown): Storage {
  return {
    ...createMemoryStorage(),
    load: async (encoder) => ({ encoder, routes: routes as readonly StoredRoute[] }),
  };
}
