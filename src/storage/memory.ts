/** Owns the storage that lives as long as the process does. */

import type { EncoderIdentity, Mutation, Storage, StoredRoute } from '../core/types.ts';

interface Shelf {
  encoder: EncoderIdentity | undefined;
  routes: Map<string, StoredRoute>;
  fit: Uint8Array | undefined;
}

/** Storage in memory: `durable` means applied, and a router opened on it again finds its routes. */
export function createMemoryStorage(): Storage {
  let shelf: Shelf = { encoder: undefined, routes: new Map(), fit: undefined };
  let isOpen = false;
  return {
    async load({ id, dimensions }) {
      if (!shelf.encoder || (shelf.routes.size === 0 && !isOpen)) shelf.encoder = { id, dimensions };
      isOpen = true;
      const { encoder, routes, fit } = shelf;
      return { encoder, routes: [...routes.values()], ...(fit && { fit }) };
    },
    async apply(mutations) {
      const next = { ...shelf, routes: new Map(shelf.routes) };
      for (const mutation of mutations) applyTo(next, mutation);
      shelf = next;
    },
    status: () => ({ kind: 'memory', persistent: false }),
    /** The routes stay, for whoever opens them next. */
    async close() {
      isOpen = false;
    },
  };
}

function applyTo(shelf: Shelf, mutation: Mutation): void {
  switch (mutation.type) {
    case 'add-route':
      shelf.routes.set(mutation.route.name, mutation.route);
      return;
    case 'remove-route':
      shelf.routes.delete(mutation.name);
      return;
    case 'set-fit':
      shelf.fit = mutation.fit;
      return;
    case 'replace-all':
      shelf.encoder = mutation.encoder;
      shelf.routes = new Map(mutation.routes.map((route) => [route.name, route]));
      shelf.fit = undefined;
      return;
    default:
      shelf.routes.set(mutation.name, changed(shelf.routes.get(mutation.name) as StoredRoute, mutation));
  }
}

type RouteChange = Extract<Mutation, { readonly name: string }>;

function changed(route: StoredRoute, mutation: Exclude<RouteChange, { readonly type: 'remove-route' }>): StoredRoute {
  const { threshold: _, ...rest } = route;
  switch (mutation.type) {
    case 'add-utterances':
      return { ...route, utterances: [...route.utterances, ...mutation.utterances] };
    case 'add-negatives':
      return { ...route, negatives: [...(route.negatives ?? []), ...mutation.utterances] };
    case 'remove-utterances':
      return { ...route, utterances: without(route.utterances, mutation.texts) };
    case 'remove-negatives':
      return { ...route, negatives: without(route.negatives ?? [], mutation.texts) };
    case 'set-threshold':
      return mutation.threshold === undefined ? rest : { ...rest, threshold: mutation.threshold };
  }
}

function without<T extends { readonly text: string }>(utterances: readonly T[], texts: readonly string[]): T[] {
  const gone = new Set(texts);
  return utterances.filter(({ text }) => !gone.has(text));
}
