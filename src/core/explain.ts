/** Owns why a text got its decision: scores taken apart, and what would have changed the outcome. Decides nothing itself. */

import { decide, type Standing } from './decide.ts';
import type { Weighed } from './decider.ts';
import type { Evidence } from './evidence.ts';
import type { Probe } from './measurement.ts';
import type { RouteEntry } from './route-table.ts';
import { measureOptionsOf, nearnessOf, partsOf } from './scoring.ts';
import type { ReadonlyTextIds } from './text-ids.ts';
import { summarize } from './explain-summary.ts';
import type {
  Candidate,
  DecisionRule,
  ExplainedCandidate,
  Explanation,
  NearText,
  RouteSnapshot,
  WhatIf,
} from './types.ts';

const SHOWN_UTTERANCES = 3;
/** A float32 score that is to exceed a bound must exceed it by more than its own rounding. */
const SMALLEST_STEP = 1e-6;

export interface ExplainParts {
  readonly probe: Probe;
  readonly weighed: Weighed;
  readonly rule: DecisionRule;
  readonly evidence: Evidence;
  /** In the order of the standings. */
  readonly entries: readonly RouteEntry[];
  readonly thresholdsFrom: readonly RouteSnapshot['thresholdFrom'][];
  /** How many candidates. */
  readonly count: number;
}

export function explain(parts: ExplainParts): Omit<Explanation, 'timings'> {
  const { probe, weighed, rule, evidence, count } = parts;
  const { decision } = weighed;
  const readsWords = measureOptionsOf(rule).depth === 'all' && rule !== 'centroid';
  const lexical = readsWords ? evidence.lexicalById(probe.text) : undefined;
  const candidates = decision.candidates
    .slice(0, count)
    .map((candidate) => explainCandidate(parts, candidate, lexical));
  const explanation = { text: probe.text, decision, rule, candidates, whatIf: whatIf(weighed, count) };
  return { ...explanation, summary: summarize(explanation) };
}

function explainCandidate(
  { probe, weighed, rule, evidence, entries, thresholdsFrom }: ExplainParts,
  { route, score, threshold, passed }: Candidate,
  lexical: Float32Array | undefined,
): ExplainedCandidate {
  const r = entries.findIndex(({ name }) => name === route);
  const { ids, negatives } = entries[r] as RouteEntry;
  const { lexicalBestId } = weighed.measurement;
  const { preference } = weighed.standings[r] as Standing;
  const nearest = (own: ReadonlyTextIds): readonly NearText[] =>
    Array.from(own, ([text, id]) => ({
      text,
      dense: cosine(probe.vector, evidence.vectorOf(id)),
      lexical: lexical?.[id] ?? 0,
    })).toSorted((a, b) => nearnessOf(b.dense, b.lexical) - nearnessOf(a.dense, a.lexical));
  const [nearestNegative] = nearest(negatives);
  const sharedId = lexical ? (lexicalBestId[r] as number) : -1;
  return {
    route,
    score,
    threshold,
    thresholdFrom: thresholdsFrom[r] as RouteSnapshot['thresholdFrom'],
    passed,
    ...(preference !== undefined && { preference }),
    parts: partsOf(weighed.measurement, rule, r),
    nearest: nearest(ids).slice(0, SHOWN_UTTERANCES),
    ...(nearestNegative && { nearestNegative }),
    words: sharedId < 0 ? [] : evidence.sharedWords(probe.text, sharedId),
  };
}

/** Every change that is tried is decided by the one decision function; what changes nothing is dropped. */
function whatIf({ decision, standings, policy }: Weighed, count: number): readonly WhatIf[] {
  const shown = new Set(decision.candidates.slice(0, count).map(({ route }) => route));
  const winner = standings.find(({ route }) => route === decision.route);
  const tries: WhatIf[] = [];

  function tryOut(change: WhatIf['change'], changed: readonly Standing[], minMargin = policy.minMargin): void {
    const { reason, route } = decide(changed, { ...policy, minMargin }, decision.truncated);
    if (reason !== decision.reason || route !== decision.route) tries.push({ change, reason, route });
  }

  function having(standing: Standing, part: Partial<Standing>): readonly Standing[] {
    return standings.map((other) => (other === standing ? { ...other, ...part } : other));
  }

  for (const standing of standings.filter(({ route }) => shown.has(route))) {
    const { route, score, threshold, negative } = standing;
    if (standing === winner) {
      const to = above(score);
      if (to <= 1) tryOut({ kind: 'threshold', route, to }, having(standing, { threshold: to }));
      continue;
    }
    if (negative !== undefined) {
      tryOut({ kind: 'negative', route, negative }, having(standing, { negative: undefined }));
      continue;
    }
    if (score < threshold) tryOut({ kind: 'threshold', route, to: score }, having(standing, { threshold: score }));
    const target = Math.max(threshold, winner ? above(winner.score + policy.minMargin) : -1);
    if (target > score) {
      tryOut({ kind: 'score', route, by: target - score }, having(standing, { score: target }));
    }
  }
  if (decision.reason === 'ambiguous') {
    const [first, second] = decision.candidates.filter(({ route }) => decision.tied.includes(route));
    const to = (first?.score ?? 0) - (second?.score ?? 0) - SMALLEST_STEP;
    if (to >= 0) tryOut({ kind: 'minMargin', to }, standings, to);
  }
  return tries;
}

function above(score: number): number {
  return score + SMALLEST_STEP;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (let d = 0; d < a.length; d++) dot += (a[d] as number) * (b[d] as number);
  return Math.max(-1, Math.min(1, dot));
}
