/** Owns the decision: every route's score to a `Decision`. Pure; knows neither vectors nor time. The only one there is. */

import { leadOf } from './fit/preference.ts';
import type { Candidate, Decision, Metadata } from './types.ts';

/** One route's standing for a query. */
export interface Standing {
  readonly route: string;
  readonly score: number;
  readonly threshold: number;
  /** The route's utterance that is nearest to the query. */
  readonly utterance: string;
  /** A negative of the route that is nearer than any of its utterances. */
  readonly negative: string | undefined;
  readonly metadata: Metadata | undefined;
  /** What picks the route where a fit is in force; the greatest first. Else the score is. */
  readonly preference?: number;
}

export interface DecisionPolicy {
  /** Two routes that pass and score no further apart are ambiguous. */
  readonly minMargin: number;
  /** Below it a route that passes is none. */
  readonly minConfidence: number;
  /** The probability that a route with such a score, margin and lead of its preference is right. */
  readonly confidenceOf: (score: number, margin: number | null, lead: number) => number;
  readonly encoderId: string;
}

/**
 * The best route *that meets its own threshold* wins, as in SynaptoRoute 0.2: a strict route that misses lets a laxer one
 * with a lower score through. Where a fit picks the route, it is that one or none.
 * @param standings one of every route, in the order in which the routes were added
 */
export function decide(standings: readonly Standing[], policy: DecisionPolicy, truncated: boolean): Decision {
  const isFitted = standings.some(({ preference }) => preference !== undefined);
  const sorted = standings.toSorted((a, b) => (b.preference ?? b.score) - (a.preference ?? a.score));
  const passing = (isFitted ? sorted.slice(0, 1) : sorted).find(passes);
  const best = passing ?? sorted[0];
  const margin = best ? marginOf(best, sorted) : null;
  const confidence = best
    ? policy.confidenceOf(best.score, margin, isFitted ? leadOf(sorted.map(({ preference = 0 }) => preference)) : 0)
    : null;
  const common = { margin, confidence, candidates: sorted.map(toCandidate), truncated, encoderId: policy.encoderId };
  const tied = passing && !isFitted ? tiedWith(passing, sorted, policy.minMargin) : [];
  if (passing && tied.length === 0 && (confidence as number) >= policy.minConfidence) {
    const { route, score, threshold, utterance, metadata } = passing;
    return {
      reason: 'matched',
      route,
      score,
      threshold,
      utterance,
      ...(metadata && { metadata }),
      ...common,
      confidence: confidence as number,
    };
  }
  return {
    reason: !best ? 'no-routes' : tied.length > 0 ? 'ambiguous' : 'below-threshold',
    route: null,
    score: best?.score ?? null,
    threshold: best?.threshold ?? null,
    utterance: best?.utterance ?? null,
    tied: tied.map(({ route }) => route),
    ...common,
  };
}

function passes({ score, threshold, negative }: Standing): boolean {
  return score >= threshold && negative === undefined;
}

/** To the best score of any other route. */
function marginOf(standing: Standing, standings: readonly Standing[]): number | null {
  let rival = -Infinity;
  for (const other of standings) if (other !== standing) rival = Math.max(rival, other.score);
  return rival === -Infinity ? null : standing.score - rival;
}

/** A winner and the routes that pass and come as near; none where it stands alone. */
function tiedWith(winner: Standing, standings: readonly Standing[], minMargin: number): readonly Standing[] {
  const near = standings.filter((other) => passes(other) && winner.score - other.score <= minMargin);
  return near.length > 1 ? near : [];
}

function toCandidate(standing: Standing): Candidate {
  const { route, score, threshold, utterance, negative } = standing;
  return { route, score, threshold, passed: passes(standing), utterance, ...(negative !== undefined && { negative }) };
}
