/** Owns the routes in memory and which texts are theirs; every change is whole or not at all. */

import { RouterError } from './errors.ts';
import { Evidence, type SlotTexts } from './evidence.ts';
import type { RouteSlots } from './measurement.ts';
import { NO_TEXTS, TextIds, type ReadonlyTextIds } from './text-ids.ts';
import type {
  EmbeddedUtterance,
  IndexStatus,
  KernelChoice,
  Metadata,
  Mutation,
  RouteTexts,
  StoredRoute,
  TextList,
} from './types.ts';

/** One route as the table holds it; the maps are from text to id, in the order in which texts were added. */
export interface RouteEntry extends RouteSlots {
  readonly name: string;
  readonly threshold: number | undefined;
  readonly metadata: Metadata | undefined;
}

interface Entry extends RouteEntry {
  threshold: number | undefined;
  readonly ids: TextIds;
  readonly negatives: TextIds;
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
    this.#evidence.index.reserve(utteranceCount);
  }

  /** See `VectorIndex.hasSoundLengths`. */
  hasSoundVectors(): boolean {
    return this.#evidence.index.hasSoundLengths();
  }

  /**
   * Adds routes to a table that never had one, their vectors to come by `VectorIndex.put`; ids of texts are their numbers as
   * `StateSink` counts them. Throws `ROUTE_EXISTS` or `CAPACITY`, and is of no use then.
   */
  lay(routes: readonly RouteTexts[]): void {
    const lists: SlotTexts[] = [];
    let next = 0;
    const put = (slot: number, texts: TextList): TextIds => {
      lists.push({ slot, texts });
      const ids = new TextIds(texts, next);
      next += texts.length;
      return ids;
    };
    for (const { utterances, negatives = NO_TEXTS, ...head } of routes) {
      if (negatives.length > 0) refuseBoth(head.name, negatives.read(), new Set(utterances.read()));
      this.#open(head, utterances, negatives, put);
    }
    this.#evidence.lay(lists);
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
    const withVectors = (own: ReadonlyTextIds): readonly EmbeddedUtterance[] =>
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

  #addRoute({ utterances, negatives = [], ...head }: StoredRoute): void {
    if (negatives.length > 0) refuseBoth(head.name, textsOf(negatives), new Set(textsOf(utterances)));
    this.#open(head, utterances, negatives, (slot, some) => this.#put(slot, new TextIds(), some));
  }

  #open<T>(
    { name, threshold, metadata }: Pick<StoredRoute, 'name' | 'threshold' | 'metadata'>,
    utterances: T,
    negatives: T,
    put: (slot: number, list: T) => TextIds,
  ): void {
    if (this.#entries.has(name)) {
      throw new RouterError(
        'ROUTE_EXISTS',
        `Got a second route "${name}"; choose another name, or add utterances to the one there is.`,
      );
    }
    const [slot, negativeSlot] = [this.#evidence.openSlot(), this.#evidence.openSlot()];
    const [ids, against] = [put(slot, utterances), put(negativeSlot, negatives)];
    this.#entries.set(name, { name, slot, negativeSlot, threshold, metadata, ids, negatives: against });
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
    refuseBoth(mutation.name, textsOf(utterances), other);
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

  #put(slot: number, own: TextIds, utterances: readonly EmbeddedUtterance[]): TextIds {
    const ids = this.#evidence.add(slot, utterances);
    for (const [i, { text }] of utterances.entries()) own.set(text, ids[i] as number);
    this.#changes += utterances.length;
    return own;
  }

  #take(own: TextIds, texts: readonly string[]): void {
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

function textsOf(utterances: readonly EmbeddedUtterance[]): readonly string[] {
  return utterances.map(({ text }) => text);
}

function refuseBoth(name: string, texts: readonly string[], others: { has(text: string): boolean }): void {
  const both = texts.find((text) => others.has(text));
  if (both === undefined) return;
  throw new RouterError(
    'INVALID_ROUTE',
    `Got "${both.slice(0, 60)}" as an utterance and as a negative of "${name}"; remove it from one before you add it to the other.`,
  );
}
