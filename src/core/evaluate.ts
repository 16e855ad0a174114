/** Owns what decisions are worth where the right ones are known. Pure: samples and their decisions in, counts out. */

import { RouterError } from './errors.ts';
import type { Confusion, CoveragePoint, Decision, Evaluation, RouteReport, LabelledText } from './types.ts';

/** As in Guo et al. 2017, "On Calibration of Modern Neural Networks". */
const CALIBRATION_BINS = 15;
/** Steps of 5% of the answers. */
const COVERAGE_STEPS = 20;
const SHOWN_TEXTS = 3;

/** All that counting needs of a decision; some hundred candidates each would fill the memory. */
export interface Outcome {
  readonly sample: LabelledText;
  readonly got: string | null;
  /** The candidate that `confidence` is about. */
  readonly best: string | null;
  /** The greatest score of any candidate; -1 without routes. */
  readonly score: number;
  readonly confidence: number;
}

export function toOutcome(sample: LabelledText, decision: Decision): Outcome {
  const { route, candidates, score, utterance, confidence } = decision;
  return {
    sample,
    got: route,
    best: candidates.find((candidate) => candidate.score === score && candidate.utterance === utterance)?.route ?? null,
    score: candidates.reduce((greatest, candidate) => Math.max(greatest, candidate.score), -1),
    confidence: confidence ?? 0,
  };
}

/** @param routes every route of the router, in its order. Throws `ROUTE_NOT_FOUND`. */
export function evaluate(outcomes: readonly Outcome[], routes: readonly string[]): Evaluation {
  checkSampleRoutes(
    outcomes.map(({ sample }) => sample),
    routes,
  );
  const reports = reportRoutes(outcomes, routes);
  const counted = reports.filter(({ samples, answered }) => samples + answered > 0);
  const inScope = outcomes.filter(({ sample }) => sample.route !== null);
  const outOfScope = outcomes.filter(({ sample }) => sample.route === null);
  return {
    samples: outcomes.length,
    accuracy: share(outcomes, isRight),
    macroF1: counted.length === 0 ? 0 : counted.reduce((sum, { f1 }) => sum + f1, 0) / counted.length,
    routes: reports,
    confusions: confusionsOf(outcomes),
    ...(inScope.length > 0 && {
      inScope: {
        samples: inScope.length,
        accuracy: share(inScope, isRight),
        bestAccuracy: share(inScope, isBestRight),
        calibrationError: calibrationError(inScope),
      },
    }),
    ...(outOfScope.length > 0 && {
      outOfScope: {
        samples: outOfScope.length,
        recall: share(outOfScope, isRight),
        ...(inScope.length > 0 && separation(inScope, outOfScope)),
      },
    }),
    coverageRisk: coverageRisk(outcomes),
  };
}

/** Throws `ROUTE_NOT_FOUND` where a sample names a route that is none of these. */
export function checkSampleRoutes(samples: readonly LabelledText[], routes: readonly string[]): void {
  const known = new Set(routes);
  const unknown = new Set(samples.flatMap(({ route }) => (route === null || known.has(route) ? [] : [route])));
  if (unknown.size === 0) return;
  const shown = [...unknown].slice(0, 5).map((route) => `"${route}"`);
  throw new RouterError(
    'ROUTE_NOT_FOUND',
    `Got samples of ${shown.join(', ')}${unknown.size > 5 ? ` and ${unknown.size - 5} more` : ''}, which this router does not have; add the routes, or use null for what belongs to none.`,
  );
}

function isRight({ sample, got }: Outcome): boolean {
  return sample.route === got;
}

function isBestRight({ sample, best }: Outcome): boolean {
  return sample.route === best;
}

function share(outcomes: readonly Outcome[], holds: (outcome: Outcome) => boolean): number {
  return outcomes.filter(holds).length / outcomes.length;
}

function reportRoutes(outcomes: readonly Outcome[], routes: readonly string[]): readonly RouteReport[] {
  const counts = new Map(routes.map((route) => [route, { samples: 0, answered: 0, right: 0 }]));
  for (const { sample, got } of outcomes) {
    const own = sample.route === null ? undefined : counts.get(sample.route);
    const answer = got === null ? undefined : counts.get(got);
    if (own) own.samples++;
    if (answer) answer.answered++;
    if (own && own === answer) own.right++;
  }
  return Array.from(counts, ([route, { samples, answered, right }]) => ({
    route,
    samples,
    answered,
    right,
    precision: answered === 0 ? null : right / answered,
    recall: samples === 0 ? null : right / samples,
    f1: right === 0 ? 0 : (2 * right) / (samples + answered),
  }));
}

function confusionsOf(outcomes: readonly Outcome[]): readonly Confusion[] {
  const pairs = new Map<string, { expected: string | null; got: string | null; texts: string[] }>();
  for (const outcome of outcomes) {
    if (isRight(outcome)) continue;
    const { sample, got } = outcome;
    const key = `${sample.route ?? ''}>${got ?? ''}`;
    const pair = pairs.get(key) ?? { expected: sample.route, got, texts: [] };
    pair.texts.push(sample.text);
    pairs.set(key, pair);
  }
  return Array.from(pairs.values(), ({ expected, got, texts }) => ({
    expected,
    got,
    samples: texts.length,
    texts: texts.slice(0, SHOWN_TEXTS),
  })).toSorted((a, b) => b.samples - a.samples);
}

/** Mean distance of confidence from the share that is right, over bins of confidence, weighted by their samples. */
function calibrationError(outcomes: readonly Outcome[]): number {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ confidence: 0, right: 0 }));
  for (const outcome of outcomes) {
    const at = Math.min(CALIBRATION_BINS - 1, Math.floor(outcome.confidence * CALIBRATION_BINS));
    const bin = bins[at] as (typeof bins)[number];
    bin.confidence += outcome.confidence;
    if (isBestRight(outcome)) bin.right++;
  }
  return bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / outcomes.length;
}

/** How far the best scores of samples of routes and of samples of none lie apart. */
function separation(
  inScope: readonly Outcome[],
  outOfScope: readonly Outcome[],
): { readonly auroc: number; readonly fpr95: number } {
  const inside = Float64Array.from(inScope, ({ score }) => score).toSorted();
  const outside = Float64Array.from(outOfScope, ({ score }) => score).toSorted();
  let below = 0;
  let upTo = 0;
  let wins = 0;
  // Mann-Whitney: every pair of one inside and one outside; an equal pair is half a win.
  for (const score of inside) {
    while (below < outside.length && (outside[below] as number) < score) below++;
    while (upTo < outside.length && (outside[upTo] as number) <= score) upTo++;
    wins += (below + upTo) / 2;
  }
  // The highest bar that 95% of the inside reach.
  const bar = inside[inside.length - Math.ceil(0.95 * inside.length)] as number;
  return {
    auroc: wins / (inside.length * outside.length),
    fpr95: outside.filter((score) => score >= bar).length / outside.length,
  };
}

function coverageRisk(outcomes: readonly Outcome[]): readonly CoveragePoint[] {
  const answers = outcomes.filter(({ got }) => got !== null).toSorted((a, b) => b.confidence - a.confidence);
  const points: CoveragePoint[] = [];
  let wrong = 0;
  let step = 1;
  for (const [i, answer] of answers.entries()) {
    if (!isRight(answer)) wrong++;
    // A cut lies between two confidences, never among equal ones.
    if (answers[i + 1]?.confidence === answer.confidence) continue;
    const answered = i + 1;
    if (answered < (step * answers.length) / COVERAGE_STEPS) continue;
    while ((step * answers.length) / COVERAGE_STEPS <= answered) step++;
    points.push({
      confidence: answer.confidence,
      coverage: answered / outcomes.length,
      risk: wrong / answered,
    });
  }
  return points;
}
