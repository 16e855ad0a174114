/** Owns what one text measures against every route, as data, and the arithmetic of single cosines. */

import type { ReadonlyTextIds } from './text-ids.ts';
import type { EmbeddedUtterance } from './types.ts';

/** One route's places in the evidence. */
export interface RouteSlots {
  /** Owner of its utterances. */
  readonly slot: number;
  readonly ids: ReadonlyTextIds;
  /** Owner of its negatives. */
  readonly negativeSlot: number;
  readonly negatives: ReadonlyTextIds;
}

/** A text to be measured. */
export interface Probe extends EmbeddedUtterance {
  /** The text's own id, where it is an utterance that is measured as if it were none. Default: it is none. */
  readonly exceptId?: number;
}

/** How near one text comes to every route: arrays in the order of the routes. Cosines, dense in [-1, 1], lexical in [0, 1]. */
export interface Measurement {
  /** Of the route's nearest utterance; -1 where it has none. */
  readonly best: Float32Array;
  readonly bestId: Int32Array;
  /** Of the mean of its utterances. */
  readonly centroid: Float32Array;
  readonly lexicalBest: Float32Array;
  readonly lexicalBestId: Int32Array;
  readonly lexicalCentroid: Float32Array;
  /** Of its nearest negative, dense and lexical; -1 and 0 where it has none. */
  readonly negative: Float32Array;
  readonly negativeId: Int32Array;
  readonly lexicalNegative: Float32Array;
  /** The best `hitsPerRoute` dense cosines of each route, best first; -Infinity where it has fewer utterances. */
  readonly top: Float32Array;
  readonly hitsPerRoute: number;
}

export interface MeasureOptions {
  /** Default 1. */
  readonly hitsPerRoute?: number;
  /** Whether centroids and words count; without them they stay 0 and nothing is spent on them. */
  readonly depth: 'best' | 'all';
}

/** Nothing near anything yet. */
export function emptyMeasurement(routeCount: number, hitsPerRoute: number): Measurement {
  return {
    best: new Float32Array(routeCount).fill(-1),
    bestId: new Int32Array(routeCount).fill(-1),
    centroid: new Float32Array(routeCount),
    lexicalBest: new Float32Array(routeCount),
    lexicalBestId: new Int32Array(routeCount).fill(-1),
    lexicalCentroid: new Float32Array(routeCount),
    negative: new Float32Array(routeCount).fill(-1),
    negativeId: new Int32Array(routeCount).fill(-1),
    lexicalNegative: new Float32Array(routeCount),
    top: new Float32Array(routeCount * hitsPerRoute).fill(-Infinity),
    hitsPerRoute,
  };
}

/** Notes a hit of a group: a route's utterance, or behind all routes a route's negative. */
export function noteNearest(
  { best, bestId, negative, negativeId, top, hitsPerRoute }: Measurement,
  group: number,
  rank: number,
  id: number,
  score: number,
  routeCount: number,
): void {
  if (group >= routeCount) {
    if (rank > 0) return;
    negative[group - routeCount] = score;
    negativeId[group - routeCount] = id;
    return;
  }
  top[group * hitsPerRoute + rank] = score;
  if (rank > 0) return;
  best[group] = score;
  bestId[group] = id;
}

/** Of what is as near to every text, a blank one, each route's first: which row is first depends on what was removed before. */
export function noteFirst(
  { bestId, negativeId }: Measurement,
  routes: readonly Pick<RouteSlots, 'ids' | 'negatives'>[],
  exceptId: number,
): void {
  const firstOf = (ids: ReadonlyTextIds): number => {
    for (const id of ids.values()) if (id !== exceptId) return id;
    return -1;
  };
  for (const [r, { ids, negatives }] of routes.entries()) {
    bestId[r] = firstOf(ids);
    negativeId[r] = firstOf(negatives);
  }
}

/** Cosine of a unit vector and a sum that it is part of, once it is taken out. */
export function withoutOne(dot: number, length: number): number {
  const rest = Math.sqrt(Math.max(0, length * length - 2 * dot + 1));
  return rest < 1e-6 ? 0 : clampCosine((dot - 1) / rest);
}

/** float32 unit vectors may multiply to a little more than 1. */
export function clampCosine(score: number): number {
  return Math.max(-1, Math.min(1, score));
}
