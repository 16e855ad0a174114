/** Owns what is told of a fit, and the confidence from which it may answer. Pure. */

import { thresholdOf, type Calibration } from '../calibration.ts';
import type { RouteEntry } from '../route-table.ts';
import type { Fit } from './fit.ts';
import { greatest, type Judged, type Judgement } from './judge.ts';
import { fittedConfidence } from './preference.ts';
import type { FitFindings, RouteFit } from './types.ts';

const MOST_CONFUSIONS = 50;
const BINS = 15;

interface Settled extends Judgement {
  readonly passed: boolean;
  readonly confidence: number;
}

export function reportOf(
  judgements: readonly Judgement[],
  judged: readonly Judged[],
  fit: Fit,
  entries: readonly RouteEntry[],
  { calibration, maxErrorRate }: { readonly calibration: Calibration; readonly maxErrorRate: number | undefined },
): { readonly minConfidence: number; readonly report: FitFindings } {
  const settled = judgements.map((one): Settled => {
    const entry = entries[one.picked] as RouteEntry;
    return {
      ...one,
      passed: !one.isKept && one.score >= (entry.threshold ?? thresholdOf(calibration, entry, fit.towards)),
      confidence: fittedConfidence(fit, one.score, one.margin, one.lead),
    };
  });
  const minConfidence = maxErrorRate === undefined ? 0 : leastConfidence(settled, maxErrorRate);
  const inScope = settled.filter(({ route }) => route >= 0);
  const outOfScope = settled.filter(({ route }) => route < 0);
  const isAnswered = ({ passed, confidence }: Settled): boolean => passed && confidence >= minConfidence;
  const answered = settled.filter(isAnswered);
  const unfitted = judged.filter(({ route, scores }) => route >= 0 && greatest(scores) === route).length;
  const report = {
    judged: inScope.length,
    accuracy: share(inScope, isRight),
    accuracyUnfitted: unfitted / Math.max(1, inScope.length),
    calibrationError: calibrationErrorOf(inScope),
    inScopeAccuracy: share(inScope, (one) => isRight(one) && isAnswered(one)),
    outOfScopeRecall: outOfScope.length === 0 ? null : share(outOfScope, (one) => !isAnswered(one)),
    coverage: share(settled, isAnswered),
    errorRate: share(answered, (one) => !isRight(one)),
    minConfidence,
    routes: entries.map(({ name }, route) => routeFit(name, route, inScope)),
    confusions: confusionsOf(inScope, entries),
    unjudged: entries.filter((_, route) => !inScope.some((one) => one.route === route)).map(({ name }) => name),
  };
  return { minConfidence, report };
}

/**
 * The least confidence from which at most that share of the answered is wrong, with one wrong answer more than was seen:
 * split-conformal risk control. Above 1 where no confidence is enough.
 */
function leastConfidence(settled: readonly Settled[], maxErrorRate: number): number {
  const sorted = settled.filter(({ passed }) => passed).toSorted((a, b) => b.confidence - a.confidence);
  let least = 2;
  let wrong = 0;
  for (const [i, one] of sorted.entries()) {
    if (!isRight(one)) wrong++;
    const isLastOfEquals = sorted[i + 1]?.confidence !== one.confidence;
    if (isLastOfEquals && (wrong + 1) / (i + 2) <= maxErrorRate) least = one.confidence;
  }
  return least;
}

/** Mean distance of confidence from the share that is right, over bins of confidence, weighted by their texts. */
function calibrationErrorOf(settled: readonly Settled[]): number {
  const bins = Array.from({ length: BINS }, () => 0);
  for (const one of settled) {
    const bin = Math.min(BINS - 1, Math.floor(one.confidence * BINS));
    bins[bin] = (bins[bin] as number) + one.confidence - (isRight(one) ? 1 : 0);
  }
  return bins.reduce((sum, difference) => sum + Math.abs(difference), 0) / Math.max(1, settled.length);
}

function routeFit(name: string, route: number, inScope: readonly Settled[]): RouteFit {
  const own = inScope.filter((one) => one.route === route);
  const picked = inScope.filter((one) => one.picked === route);
  return {
    route: name,
    samples: own.length,
    precision: picked.length === 0 ? null : share(picked, isRight),
    recall: own.length === 0 ? null : share(own, isRight),
  };
}

function confusionsOf(inScope: readonly Settled[], entries: readonly RouteEntry[]): FitFindings['confusions'] {
  const counts = new Map<number, number>();
  for (const one of inScope) {
    if (isRight(one)) continue;
    const pair = one.route * entries.length + one.picked;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const nameOf = (route: number): string => (entries[route] as RouteEntry).name;
  return Array.from(counts, ([pair, count]) => ({
    expected: nameOf(Math.floor(pair / entries.length)),
    got: nameOf(pair % entries.length),
    count,
  }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSIONS);
}

function isRight({ route, picked }: Judgement): boolean {
  return route === picked;
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}
