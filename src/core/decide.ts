/** Owns the decision: every route's best hit to a `Decision`. Pure; knows neither vectors nor time. */

import type { Candidate, Decision, Metadata } from './types.ts';

/** One route with its best utterance for a query. */
export interface RouteHit {
  readonly route: string;
  readonly score: number;
  readonly threshold: number;
  readonly utterance: string;
  readonly metadata: Metadata | undefined;
}

/**
 * SynaptoRoute 0.2's rule: a route scores by its best utterance, and the best route *that meets its own
 * threshold* wins, so a strict route that misses lets a laxer one with a lower score through.
 * @param hits one of every route, in the order in which the routes were added
 */
export function decide(hits: readonly RouteHit[], encoderId: string, truncated: boolean): Decision {
  const sorted = hits.toSorted((a, b) => b.score - a.score);
  const winner = sorted.find(passes);
  const best = winner ?? sorted[0];
  const rival = sorted.find((hit) => hit !== best);
  const common = {
    margin: best && rival ? best.score - rival.score : null,
    candidates: sorted.map(toCandidate),
    truncated,
    encoderId,
  };
  if (winner) {
    const { route, score, threshold, utterance, metadata } = winner;
    return { reason: 'matched', route, score, threshold, utterance, ...(metadata && { metadata }), ...common };
  }
  return {
    reason: best ? 'below-threshold' : 'no-routes',
    route: null,
    score: best?.score ?? null,
    threshold: best?.threshold ?? null,
    utterance: best?.utterance ?? null,
    ...common,
  };
}

function passes(hit: RouteHit): boolean {
  return hit.score >= hit.threshold;
}

function toCandidate(hit: RouteHit): Candidate {
  const { route, score, threshold, utterance } = hit;
  return { route, score, threshold, passed: passes(hit), utterance };
}
