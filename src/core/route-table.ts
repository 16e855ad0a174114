/** Owns the routes in memory and which vectors are theirs; every change is whole or not at all. */

import type { RouteHit } from './decide.ts';
import { RouterError } from './errors.ts';
import type {
  EmbeddedUtterance,
  IndexStatus,
  KernelChoice,
  Metadata,
  Mutation,
  RouteSnapshot,
  StoredRoute,
} from './types.ts';
import { VectorIndex } from './vector-index.ts';
import { isUnitOrZero } from './vectors.ts';

interface Entry {
  readonly name: string;
  /** The owner number of the route's rows in the index. */
  readonly slot: number;
  threshold: number | undefined;
  readonly metadata: Metadata | undefined;
  /** Vector id of each utterance, in the order in which they were added. */
  readonly ids: Map<string, number>;
}

/** The changes of what decisions are made of. */
export type TableMutation = Extract<
  Mutation,
  { readonly type: 'add-route' | 'remove-route' | 'add-utterances' | 'remove-utterances' | 'set-threshold' }
>;

export class RouteTable {
  readonly #defaultThreshold: number;
  #index: VectorIndex;
  #entries = new Map<string, Entry>();
  #freeSlots: number[] = [];
  #slotCount = 0;
  /** Text of each vector id. */
  #texts: string[] = [];

  constructor(dimensions: number, defaultThreshold: number, kernel?: KernelChoice) {
    this.#index = new VectorIndex(dimensions, kernel);
    this.#defaultThreshold = defaultThreshold;
  }

  get routeCount(): number {
    return this.#entries.size;
  }

  get utteranceCount(): number {
    return this.#index.size;
  }

  get indexStatus(): IndexStatus {
    return { kernel: this.#index.kernel, byteLength: this.#index.byteLength };
  }

  /** Takes over what another table holds, in one step; the other is not to be used again. */
  adopt(other: RouteTable): void {
    this.#index = other.#index;
    this.#entries = other.#entries;
    this.#freeSlots = other.#freeSlots;
    this.#slotCount = other.#slotCount;
    this.#texts = other.#texts;
  }

  /** Makes room for so many utterances in all, for many routes that come at once. Throws `CAPACITY`. */
  reserve(utteranceCount: number): void {
    this.#index.reserve(utteranceCount);
  }

  /** Whether every vector is of unit length or zero, as the index measured it. */
  hasSoundVectors(): boolean {
    for (const { ids } of this.#entries.values()) {
      for (const id of ids.values()) if (!isUnitOrZero(this.#index.lengthOf(id))) return false;
    }
    return true;
  }

  /**
   * Applies a mutation and returns it as it took effect (utterances that were there already left
   * out), or throws and changes nothing.
   */
  apply(mutation: TableMutation): TableMutation {
    switch (mutation.type) {
      case 'add-route':
        this.#addRoute(mutation.route);
        return mutation;
      case 'remove-route':
        this.#removeRoute(mutation.name);
        return mutation;
      case 'add-utterances': {
        const entry = this.#entry(mutation.name);
        const utterances = mutation.utterances.filter(({ text }) => !entry.ids.has(text));
        this.#addUtterances(entry, utterances);
        return { ...mutation, utterances };
      }
      case 'remove-utterances':
        this.#removeUtterances(mutation.name, mutation.texts);
        return mutation;
      case 'set-threshold':
        this.#entry(mutation.name).threshold = mutation.threshold;
        return mutation;
    }
  }

  /** Every route's best utterance, in the order in which the routes were added, for each of some queries. */
  hits(queries: readonly Float32Array[]): readonly RouteHit[][] {
    const entries = [...this.#entries.values()];
    const groupOfOwner = new Int32Array(this.#slotCount).fill(-1);
    for (const [group, { slot }] of entries.entries()) groupOfOwner[slot] = group;
    const groupCount = entries.length;
    const { scores, ids } = this.#index.search({ queries, groupOfOwner, groupCount, hitsPerGroup: 1 });
    return queries.map((_, i) =>
      entries.map(({ name, threshold, metadata }, group) => ({
        route: name,
        // float32 unit vectors may multiply to a little more than 1.
        score: Math.max(-1, Math.min(1, scores[i * groupCount + group] as number)),
        threshold: threshold ?? this.#defaultThreshold,
        utterance: this.#texts[ids[i * groupCount + group] as number] as string,
        metadata,
      })),
    );
  }

  snapshots(): readonly RouteSnapshot[] {
    return Array.from(this.#entries.values(), ({ name, threshold, metadata, ids }) => ({
      name,
      utterances: [...ids.keys()],
      threshold: threshold ?? this.#defaultThreshold,
      ...(metadata && { metadata }),
    }));
  }

  #addRoute(route: StoredRoute): void {
    const { name, threshold, metadata, utterances } = route;
    if (this.#entries.has(name)) {
      throw new RouterError(
        'INVALID_ROUTE',
        `Got a second route "${name}"; choose another name, or add utterances to the one there is.`,
      );
    }
    const slot = this.#freeSlots.pop() ?? this.#slotCount++;
    const entry: Entry = { name, slot, threshold, metadata, ids: new Map() };
    this.#addUtterances(entry, utterances);
    this.#entries.set(name, entry);
  }

  #removeRoute(name: string): void {
    const entry = this.#entry(name);
    for (const id of entry.ids.values()) this.#removeVector(id);
    this.#entries.delete(name);
    this.#freeSlots.push(entry.slot);
  }

  #addUtterances(entry: Entry, utterances: readonly EmbeddedUtterance[]): void {
    const ids = this.#index.addMany(
      utterances.map(({ vector }) => vector),
      entry.slot,
    );
    for (const [i, { text }] of utterances.entries()) {
      const id = ids[i] as number;
      this.#texts[id] = text;
      entry.ids.set(text, id);
    }
  }

  #removeUtterances(name: string, texts: readonly string[]): void {
    const { ids } = this.#entry(name);
    const missing = texts.find((text) => !ids.has(text));
    if (missing !== undefined) {
      throw new RouterError(
        'INVALID_ROUTE',
        `Got "${missing.slice(0, 60)}", which is no utterance of "${name}"; routes() lists what is.`,
      );
    }
    if (texts.length === ids.size) {
      throw new RouterError(
        'INVALID_ROUTE',
        `Got all ${ids.size} utterances of "${name}" to remove, and a route needs one; use removeRoute("${name}").`,
      );
    }
    for (const text of texts) {
      this.#removeVector(ids.get(text) as number);
      ids.delete(text);
    }
  }

  #removeVector(id: number): void {
    this.#index.remove(id);
    this.#texts[id] = '';
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    throw new RouterError(
      'ROUTE_NOT_FOUND',
      `Got "${name}", which is no route of this router; routes() lists what is.`,
    );
  }
}
