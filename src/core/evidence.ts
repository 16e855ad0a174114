/**
 * Owns what of a text speaks for each route: its vectors and words, and how near a query comes to them. Knows numbers of
 * routes ("slots") and of texts ("ids"), neither names nor thresholds.
 */

import { LexicalIndex } from './lexical/lexical-index.ts';
import { UnreadTexts } from './lexical/unread-texts.ts';
import { grown } from './lexical/growable.ts';
import {
  clampCosine,
  emptyMeasurement,
  noteFirst,
  noteNearest,
  withoutOne,
  type MeasureOptions,
  type Measurement,
  type Probe,
  type RouteSlots,
} from './measurement.ts';
import { TextsById } from './texts-by-id.ts';
import type { EmbeddedUtterance, IndexStatus, KernelChoice, TextList } from './types.ts';
import { VectorIndex } from './vector-index.ts';
import { directionOf, isZero } from './vectors.ts';

/** Reading their words takes less than a millisecond. */
const TEXTS_A_STEP = 32;

interface SlotState {
  /** Sum of the utterances' vectors; made when it is first needed, kept up to date from then on. */
  sum: Float64Array | undefined;
  length: number;
  centroidId: number;
  isCentroidStale: boolean;
  /** Length of the sum of the utterances' lexical vectors; `undefined` where it must be made anew. */
  lexicalLength: number | undefined;
}

/** The texts of one owner. */
export interface SlotTexts {
  readonly slot: number;
  readonly texts: TextList;
}

export class Evidence {
  /** The vectors of all texts, by id. */
  readonly index: VectorIndex;
  readonly #centroids: VectorIndex;
  readonly #lexical = new LexicalIndex();
  readonly #texts = new TextsById();
  /** Reading words is left to the first query that needs it, or to spare time before. */
  readonly #unread = new UnreadTexts();
  #ownerOfId = new Int32Array(16).fill(-1);
  readonly #slots: (SlotState | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  constructor(dimensions: number, kernel?: KernelChoice) {
    this.index = new VectorIndex(dimensions, kernel);
    this.#centroids = new VectorIndex(dimensions, kernel);
  }

  get size(): number {
    return this.index.size;
  }

  get status(): IndexStatus {
    return { kernel: this.index.kernel, byteLength: this.index.byteLength + this.#centroids.byteLength };
  }

  get dimensions(): number {
    return this.index.dimensions;
  }

  /** A number for a new owner of texts. */
  openSlot(): number {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    this.#slots[slot] = { sum: undefined, length: 0, centroidId: -1, isCentroidStale: true, lexicalLength: undefined };
    return slot;
  }

  /** Frees an owner that has no texts any more. */
  closeSlot(slot: number): void {
    const centroidId = this.#slots[slot]?.centroidId ?? -1;
    if (centroidId >= 0) this.#centroids.remove(centroidId);
    this.#slots[slot] = undefined;
    this.#freeSlots.push(slot);
  }

  add(slot: number, utterances: readonly EmbeddedUtterance[]): Int32Array {
    const ids = this.index.addMany(
      utterances.map(({ vector }) => vector),
      slot,
    );
    for (const [i, { text, vector }] of utterances.entries()) {
      const id = ids[i] as number;
      this.#texts.set(id, text);
      this.#ownerOfId = grown(this.#ownerOfId, id + 1, -1);
      this.#ownerOfId[id] = slot;
      this.#unread.add(id);
      this.#change(slot, vector, 1);
    }
    return ids;
  }

  /**
   * As `add`, where nothing was added before, of the texts of many owners, whose vectors `VectorIndex.put` brings. Their
   * ids are their numbers.
   */
  lay(lists: readonly SlotTexts[]): void {
    this.#texts.lay(lists.map(({ texts }) => texts));
    const owners = new Int32Array(lists.reduce((sum, { texts }) => sum + texts.length, 0));
    let end = 0;
    for (const { slot, texts } of lists) owners.fill(slot, end, (end += texts.length));
    this.#ownerOfId = owners;
    this.#unread.lay(end);
    this.index.lay(owners.slice());
  }

  remove(id: number): void {
    const slot = this.#ownerOfId[id] as number;
    this.#change(slot, this.index.vector(id), -1);
    this.index.remove(id);
    this.#texts.set(id, '');
    this.#ownerOfId[id] = -1;
    if (!this.#unread.delete(id) && this.#lexical.has(id)) this.#lexical.remove(id);
  }

  textOf(id: number): string {
    return this.#texts.get(id);
  }

  vectorOf(id: number): Float32Array {
    return this.index.vector(id);
  }

  /** Reads the words of so many texts at most that were added since; returns whether none is left. */
  readWords(count: number): boolean {
    return this.#unread.read(count, (id) => {
      if (this.#ownerOfId[id] !== -1) this.#lexical.add(id, this.#texts.get(id));
    });
  }

  /** Weighs every text's words anew, in steps; see `LexicalIndex.refresh`. */
  *refresh(routeCount: number): Generator<undefined, void> {
    while (!this.readWords(TEXTS_A_STEP)) yield;
    for (const state of this.#slots) if (state) state.lexicalLength = undefined;
    yield* this.#lexical.refresh(routeCount);
  }

  /** Makes ready what stands for all of a route's texts, which else the first measurement does; after `refresh`. */
  sumUp(route: RouteSlots): void {
    this.#updateCentroid(route);
    (this.#slots[route.slot] as SlotState).lexicalLength ??= this.#lexical.lengthOfSum(route.ids.values());
  }

  /** How near each of some texts comes to every route. */
  measure(probes: readonly Probe[], routes: readonly RouteSlots[], options: MeasureOptions): readonly Measurement[] {
    const { hitsPerRoute = 1, depth } = options;
    const measurements = probes.map(() => emptyMeasurement(routes.length, hitsPerRoute));
    if (probes.length === 0 || routes.length === 0) return measurements;
    this.#measureNearest(probes, routes, measurements, hitsPerRoute);
    if (depth === 'best') return measurements;
    this.readWords(Infinity);
    this.#measureCentroids(probes, routes, measurements);
    for (const [i, probe] of probes.entries()) this.#measureWords(probe, routes, measurements[i] as Measurement);
    return measurements;
  }

  /** Likeness of words to every text, by id. */
  lexicalById(text: string): Float32Array {
    this.readWords(Infinity);
    const itself = Int32Array.from(this.#ownerOfId, (owner, id) => (owner < 0 ? -1 : id));
    return this.#lexical.search(text, itself, itself.length).best.slice(0, itself.length);
  }

  /** See `LexicalIndex.sharedWords`. */
  sharedWords(text: string, id: number): readonly { readonly word: string; readonly weight: number }[] {
    this.readWords(Infinity);
    return this.#lexical.sharedWords(text, id);
  }

  #measureNearest(
    probes: readonly Probe[],
    routes: readonly RouteSlots[],
    measurements: readonly Measurement[],
    hitsPerRoute: number,
  ): void {
    const { groupOfOwner, groupCount } = this.#groups(routes);
    // One more where a text may find itself.
    const hitsPerGroup = hitsPerRoute + (probes.some(({ exceptId }) => exceptId !== undefined) ? 1 : 0);
    const queries = probes.map(({ vector }) => vector);
    const { scores, ids } = this.index.search({ queries, groupOfOwner, groupCount, hitsPerGroup });
    for (const [i, { exceptId = -1, vector }] of probes.entries()) {
      const measurement = measurements[i] as Measurement;
      for (let group = 0; group < groupCount; group++) {
        let rank = 0;
        const start = (i * groupCount + group) * hitsPerGroup;
        for (let at = start; at < start + hitsPerGroup && rank < hitsPerRoute; at++) {
          const id = ids[at] as number;
          if (id < 0) break;
          if (id !== exceptId)
            noteNearest(measurement, group, rank++, id, clampCosine(scores[at] as number), routes.length);
        }
      }
      if (isZero(vector)) noteFirst(measurement, routes, exceptId);
    }
  }

  #measureCentroids(
    probes: readonly Probe[],
    routes: readonly RouteSlots[],
    measurements: readonly Measurement[],
  ): void {
    for (const route of routes) this.#updateCentroid(route);
    const groupOfOwner = new Int32Array(this.#slots.length).fill(-1);
    for (const [r, { slot }] of routes.entries()) groupOfOwner[slot] = r;
    const groupCount = routes.length;
    const queries = probes.map(({ vector }) => vector);
    const { scores } = this.#centroids.search({ queries, groupOfOwner, groupCount, hitsPerGroup: 1 });
    for (const [i, { exceptId }] of probes.entries()) {
      const { centroid } = measurements[i] as Measurement;
      for (let r = 0; r < groupCount; r++) centroid[r] = clampCosine(scores[i * groupCount + r] as number);
      const own = exceptId === undefined ? -1 : (groupOfOwner[this.#ownerOfId[exceptId] as number] as number);
      if (own < 0) continue;
      const { length } = this.#slots[(routes[own] as RouteSlots).slot] as SlotState;
      centroid[own] = withoutOne((centroid[own] as number) * length, length);
    }
  }

  #measureWords(probe: Probe, routes: readonly RouteSlots[], measurement: Measurement): void {
    const { lexicalBest, lexicalBestId, lexicalCentroid, lexicalNegative } = measurement;
    const { best, bestId, sum } = this.#lexical.search(
      probe.text,
      this.#ownerOfId,
      this.#slots.length,
      probe.exceptId ?? -1,
    );
    for (const [r, { slot, ids, negativeSlot }] of routes.entries()) {
      lexicalBest[r] = best[slot] as number;
      lexicalBestId[r] = bestId[slot] as number;
      lexicalNegative[r] = best[negativeSlot] as number;
      if (sum[slot] === 0) continue;
      const state = this.#slots[slot] as SlotState;
      state.lexicalLength ??= this.#lexical.lengthOfSum(ids.values());
      const isOwn = probe.exceptId !== undefined && this.#ownerOfId[probe.exceptId] === slot;
      lexicalCentroid[r] = isOwn
        ? withoutOne((sum[slot] as number) + 1, state.lexicalLength)
        : Math.min(1, (sum[slot] as number) / state.lexicalLength);
    }
  }

  /** Routes' utterances are groups in their order, their negatives the groups behind, where there are any. */
  #groups(routes: readonly RouteSlots[]): { readonly groupOfOwner: Int32Array; readonly groupCount: number } {
    const groupOfOwner = new Int32Array(this.#slots.length).fill(-1);
    const hasNegatives = routes.some(({ negatives }) => negatives.size > 0);
    for (const [r, { slot, negativeSlot }] of routes.entries()) {
      groupOfOwner[slot] = r;
      if (hasNegatives) groupOfOwner[negativeSlot] = routes.length + r;
    }
    return { groupOfOwner, groupCount: routes.length * (hasNegatives ? 2 : 1) };
  }

  #change(slot: number, vector: Float32Array, sign: 1 | -1): void {
    const state = this.#slots[slot] as SlotState;
    state.isCentroidStale = true;
    state.lexicalLength = undefined;
    const { sum } = state;
    if (sum) for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + sign * (vector[d] as number);
  }

  #updateCentroid({ slot, ids }: RouteSlots): void {
    const state = this.#slots[slot] as SlotState;
    if (!state.isCentroidStale) return;
    const { vector, length } = directionOf((state.sum ??= this.index.sum(ids.values())));
    state.length = length;
    if (state.centroidId < 0) state.centroidId = this.#centroids.add(vector, slot);
    else this.#centroids.replace(state.centroidId, vector);
    state.isCentroidStale = false;
  }
}
