/** Owns the routes in memory and which texts are theirs; every change is whole or not at all. */

import { RouterError } from './errors.ts';
import { Evidence } from './evidence.ts';
import type { RouteSlots } from './measurement.ts';
import type { EmbeddedUtterance, IndexStatus, KernelChoice, Metadata, Mutation, StoredRoute } from './types.ts';
import { isUnitOrZero } from './vectors.ts';

/** One route as the table holds it; the maps are from text to id, in the order in which texts were added. */
export interface RouteEntry extends RouteSlots {
  readonly name: string;
  readonly threshold: number | undefined;
  readonly metadata: Metadata | undefined;
}

interface Entry extends RouteEntry {
  threshold: number | undefined;
  readonly ids: Map<string, number>;
  readonly negatives: Map<string, number>;
}

/** The changes of what decisions are made of. */
export type TableMutation = Extract<
  Mutation,
  {
    readonly type:
      | 'add-route'
      | 'remove-route'
      | 'add-utterances'
      | 'remove-utterances'
      | 'add-negatives'
      | 'remove-negatives'
      | 'set-threshold'
      | 'set-fit';
  }
>;

export class RouteTable {
  readonly #kernel: KernelChoice | undefined;
  #evidence: Evidence;
  #entries = new Map<string, Entry>();
  #list: readonly Entry[] | undefined;
  #changes = 0;
  #fit: Uint8Array | undefined;

  constructor(dimensions: number, kernel?: KernelChoice) {
    this.#kernel = kernel;
    this.#evidence = new Evidence(dimensions, kernel);
  }

  get routeCount(): number {
    return this.#entries.size;
  }

  /** With negatives. */
  get utteranceCount(): number {
    return this.#evidence.size;
  }

  get evidence(): Evidence {
    return this.#evidence;
  }

  get indexStatus(): IndexStatus {
    return this.#evidence.status;
  }

  /** Texts added and removed so far: how much has changed since somebody looked. */
  get changes(): number {
    return this.#changes;
  }

  /** What was last fitted, as it is stored. */
  get fit(): Uint8Array | undefined {
    return this.#fit;
  }

  /** The routes in the order in which they were added; the same array until a route comes or goes. */
  entries(): readonly RouteEntry[] {
    return (this.#list ??= [...this.#entries.values()]);
  }

  /** Makes room for so many texts in all, for many routes that come at once. Throws `CAPACITY`. */
  reserve(utteranceCount: number): void {
    this.#evidence.reserve(utteranceCount);
  }

  /** Whether every vector is of unit length or zero, as the index measured it. */
  hasSoundVectors(): boolean {
    for (const { ids, negatives } of this.#entries.values()) {
      for (const own of [ids, negatives]) {
        for (const id of own.values()) if (!isUnitOrZero(this.#evidence.lengthOf(id))) return false;
      }
    }
    return true;
  }

  /** Takes over what another table holds, in one step; the other is not to be used again. */
  adopt(other: RouteTable): void {
    this.#changes += this.utteranceCount + other.utteranceCount + 1;
    this.#evidence = other.#evidence;
    this.#entries = other.#entries;
    this.#fit = other.#fit;
    this.#list = undefined;
  }

  /** The same routes in a table of their own: what is done to it reaches nobody. O(texts). */
  copy(): RouteTable {
    const copy = new RouteTable(this.#evidence.dimensions, this.#kernel);
    copy.reserve(this.utteranceCount);
    const withVectors = (own: ReadonlyMap<string, number>): readonly EmbeddedUtterance[] =>
      Array.from(own, ([text, id]) => ({ text, vector: this.#evidence.vectorOf(id) }));
    for (const { name, threshold, metadata, ids, negatives } of this.entries()) {
      copy.#addRoute({
        name,
        ...(threshold !== undefined && { threshold }),
        ...(metadata && { metadata }),
        utterances: withVectors(ids),
        negatives: withVectors(negatives),
      });
    }
    copy.#fit = this.#fit;
    return copy;
  }

  /**
   * Applies a mutation and returns it as it took effect (texts that were there already left out), or throws and changes
   * nothing.
   */
  apply(mutation: TableMutation): TableMutation {
    switch (mutation.type) {
      case 'add-route':
        this.#addRoute(mutation.route);
        return mutation;
      case 'remove-route':
        this.#removeRoute(mutation.name);
        return mutation;
      case 'add-utterances':
      case 'add-negatives':
        return this.#addTexts(mutation);
      case 'remove-utterances':
      case 'remove-negatives':
        this.#removeTexts(mutation);
        return mutation;
      case 'set-threshold':
        this.#entry(mutation.name).threshold = mutation.threshold;
        return mutation;
      case 'set-fit':
        this.#fit = mutation.fit;
        return mutation;
    }
  }

  #addRoute({ name, threshold, metadata, utterances, negatives = [] }: StoredRoute): void {
    if (this.#entries.has(name)) {
      throw new RouterError(
        'INVALID_ROUTE',
        `Got a second route "${name}"; choose another name, or add utterances to the one there is.`,
      );
    }
    const texts = new Set(utterances.map(({ text }) => text));
    refuseBoth(
      name,
      negatives.find(({ text }) => texts.has(text)),
    );
    const [slot, negativeSlot] = [this.#evidence.openSlot(), this.#evidence.openSlot()];
    const entry: Entry = { name, slot, negativeSlot, threshold, metadata, ids: new Map(), negatives: new Map() };
    this.#put(slot, entry.ids, utterances);
    this.#put(negativeSlot, entry.negatives, negatives);
    this.#entries.set(name, entry);
    this.#list = undefined;
  }

  #removeRoute(name: string): void {
    const { ids, negatives, slot, negativeSlot } = this.#entry(name);
    this.#take(ids, [...ids.keys()]);
    this.#take(negatives, [...negatives.keys()]);
    this.#evidence.closeSlot(slot);
    this.#evidence.closeSlot(negativeSlot);
    this.#entries.delete(name);
    this.#list = undefined;
  }

  #addTexts(mutation: Extract<TableMutation, { type: 'add-utterances' | 'add-negatives' }>): TableMutation {
    const { ids, negatives, slot, negativeSlot } = this.#entry(mutation.name);
    const isNegative = mutation.type === 'add-negatives';
    const [own, other] = isNegative ? [negatives, ids] : [ids, negatives];
    const utterances = mutation.utterances.filter(({ text }) => !own.has(text));
    refuseBoth(
      mutation.name,
      utterances.find(({ text }) => other.has(text)),
    );
    this.#put(isNegative ? negativeSlot : slot, own, utterances);
    return { ...mutation, utterances };
  }

  #removeTexts({
    type,
    name,
    texts,
  }: Extract<TableMutation, { type: 'remove-utterances' | 'remove-negatives' }>): void {
    const { ids, negatives } = this.#entry(name);
    const own = type === 'remove-negatives' ? negatives : ids;
    const what = type === 'remove-negatives' ? 'negative' : 'utterance';
    const missing = texts.find((text) => !own.has(text));
    if (missing !== undefined) {
      throw new RouterError(
        'INVALID_ROUTE',
        `Got "${missing.slice(0, 60)}", which is no ${what} of "${name}"; routes() lists what is.`,
      );
    }
    if (own === ids && texts.length === ids.size) {
      throw new RouterError(
        'INVALID_ROUTE',
        `Got all ${ids.size} utterances of "${name}" to remove, and a route needs one; use removeRoute("${name}").`,
      );
    }
    this.#take(own, texts);
  }

  #put(slot: number, own: Map<string, number>, utterances: readonly EmbeddedUtterance[]): void {
    const ids = this.#evidence.add(slot, utterances);
    for (const [i, { text }] of utterances.entries()) own.set(text, ids[i] as number);
    this.#changes += utterances.length;
  }

  #take(own: Map<string, number>, texts: readonly string[]): void {
    for (const text of texts) {
      this.#evidence.remove(own.get(text) as number);
      own.delete(text);
    }
    this.#changes += texts.length;
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

function refuseBoth(name: string, both: EmbeddedUtterance | undefined): void {
  if (!both) return;
  throw new RouterError(
    'INVALID_ROUTE',
    `Got "${both.text.slice(0, 60)}" as an utterance and as a negative of "${name}"; remove it from one before you add it to the other.`,
  );
}
