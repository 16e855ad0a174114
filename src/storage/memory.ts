/** Owns the storage that lives as long as the process does. */

import { RouterError } from '../core/errors.ts';
import type { Mutation, Storage, StoredRoute } from '../core/types.ts';

/** Storage in memory: `durable` means applied, and a router opened on it again finds its routes. */
export function createMemoryStorage(): Storage {
  const routes = new Map<string, StoredRoute>();
  let encoderId: string | undefined;
  let openings = 0;
  return {
    async load({ id }) {
      // An empty storage is anybody's, unless another router is about to fill it.
      if ((routes.size > 0 || openings > 0) && encoderId !== id) {
        throw new RouterError(
          'ENCODER_MISMATCH',
          `Got encoder ${id} for routes that ${encoderId} encoded; open them with the same encoder, or add them to a new storage.`,
        );
      }
      encoderId = id;
      openings++;
      return [...routes.values()];
    },
    async apply(mutations) {
      for (const mutation of mutations) applyTo(routes, mutation);
    },
    status: () => ({ kind: 'memory', persistent: false }),
    /** The routes stay, for whoever opens them next. */
    async close() {
      openings = Math.max(0, openings - 1);
    },
  };
}

function applyTo(routes: Map<string, StoredRoute>, mutation: Mutation): void {
  if (mutation.type === 'add-route') {
    routes.set(mutation.route.name, mutation.route);
  } else if (mutation.type === 'remove-route') {
    routes.delete(mutation.name);
  } else {
    routes.set(mutation.name, changed(routes.get(mutation.name) as StoredRoute, mutation));
  }
}

function changed(
  route: StoredRoute,
  mutation: Extract<Mutation, { type: 'add-utterances' | 'remove-utterances' | 'set-threshold' }>,
): StoredRoute {
  if (mutation.type === 'add-utterances') {
    return { ...route, utterances: [...route.utterances, ...mutation.utterances] };
  }
  if (mutation.type === 'remove-utterances') {
    const gone = new Set(mutation.texts);
    return { ...route, utterances: route.utterances.filter(({ text }) => !gone.has(text)) };
  }
  const { threshold: _, ...rest } = route;
  return mutation.threshold === undefined ? rest : { ...rest, threshold: mutation.threshold };
}
