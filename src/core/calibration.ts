/**
 * Owns what scores mean for these routes: default thresholds and confidence, learnt from how each utterance scores when
 * it is taken out of its route (leave-one-out). Pure; knows no storage and no encoder.
 */

import type { Evidence } from './evidence.ts';
import type { Measurement, RouteSlots } from './measurement.ts';
import { fitLogistic, predict, type LogisticModel, type Observation } from './logistic.ts';
import { measureOptionsOf, scoreRoutes } from './scoring.ts';
import type { DecisionRule } from './types.ts';

/** How one text scored that a route is known to own. */
export interface Trial {
  /** Position of its route. */
  readonly route: number;
  /** The route that scored best. */
  readonly best: number;
  readonly ownScore: number;
  /** The best score of any other route; `undefined` without one. */
  readonly foreignScore: number | undefined;
  /** Mean and standard deviation of the scores of the other routes. */
  readonly foreignMean: number;
  readonly foreignDeviation: number;
}

export interface Calibration {
  /** Mean score of a route's own utterances. */
  readonly ownByRoute: ReadonlyMap<RouteSlots, number>;
  /** The same over all routes. */
  readonly own: number;
  /** The score that a text of no route is expected to reach with the route that is nearest to it. */
  readonly foreign: number;
  readonly confidence: LogisticModel;
}

/**
 * A threshold lies half way from how a route scores its own utterances to how it scores a text of no route: of 0.4 to 1,
 * the best over 17 routers of 5 to 150 routes and 3 to 100 utterances from CLINC150 and Banking77 train, asked with
 * texts of their routes, of others' and of none; 0.7 points of balanced accuracy from the best for each.
 */
const TOWARDS_FOREIGN = 0.5;
/**
 * The expected greatest of n normal values is sqrt(2 ln n) deviations above their mean for a large n, and about so much
 * of it for 5 to 150. The greatest score that was seen is no measure: an utterance's nearest foreign route is its sibling.
 */
const GREATEST_SHARE = 0.8;
/** Utterances whose worth the mean of all routes has in a route's own mean; same origin, best of 2, 5 and 20. */
const POOLED_UTTERANCES = 2;
/** Utterances whose worth the encoder's default threshold has against what was measured. */
const PRIOR_TRIALS = 4;
/** Half the distance between own and foreign scores that is assumed before anything was measured; small routers of CLINC150 train have 0.09. */
const PRIOR_SPREAD = 0.1;
/** Intercept, score and margin: the mean of fits on CLINC150 and Banking77 train at 5, 10 and 20 utterances a route. */
const PRIOR_CONFIDENCE: LogisticModel = [-3.3, 6.3, 11.5];
const PRIOR_STRENGTH = 0.01;

/** So many row scores are spent on trials, about 50 ms: all utterances of a small router, a share of a large one. */
const TRIAL_WORK = 2e6;
const MOST_TRIAL_WORK = 6e6;
/** Row scores of a step, some 5 to 10 ms; a route's other measurements take as long as three rows. */
const STEP_WORK = 5e4;
const ROWS_A_ROUTE = 3;
const MOST_PROBES_A_STEP = 64;
/** The index compares a row with so many at once, in less time than with each of them; see `scanInt8x4`. */
const PROBES_TOGETHER = 4;
/** Their sums take some milliseconds. */
const ROUTES_A_STEP = 8;

/** An utterance of the route at a position. */
interface OwnProbe {
  readonly route: number;
  readonly text: string;
  readonly exceptId: number;
}

export interface Calibrating {
  readonly evidence: Evidence;
  readonly routes: readonly RouteSlots[];
  readonly rule: DecisionRule;
  /** The encoder's. */
  readonly priorThreshold: number;
}

/** In steps of some milliseconds; between two of them no route may change. */
export function* calibrate(given: Calibrating): Generator<undefined, Calibration> {
  const { evidence, routes, rule } = given;
  if (measureOptionsOf(rule).depth === 'all') {
    yield* evidence.refresh(routes.length);
    for (const [r, route] of routes.entries()) {
      evidence.sumUp(route);
      if (r % ROUTES_A_STEP === 0) yield;
    }
  }
  const trials: Trial[] = [];
  const probesAtOnce = probesOfStep(evidence.size + ROWS_A_ROUTE * routes.length);
  let probes: OwnProbe[] = [];
  for (const probe of pickProbes(evidence, routes)) {
    probes.push(probe);
    if (probes.length < probesAtOnce) continue;
    trials.push(...leaveOneOut(given, probes));
    probes = [];
    yield;
  }
  trials.push(...leaveOneOut(given, probes));
  yield;
  return calibrationOf(trials, given);
}

function probesOfStep(work: number): number {
  if (work > STEP_WORK) return 1;
  return Math.min(MOST_PROBES_A_STEP, PROBES_TOGETHER * Math.ceil(STEP_WORK / work / PROBES_TOGETHER));
}

function calibrationOf(trials: readonly Trial[], { routes, priorThreshold }: Calibrating): Calibration {
  const foreignScores = trials.filter(({ foreignScore }) => foreignScore !== undefined);
  const deviations = GREATEST_SHARE * Math.sqrt(2 * Math.log(Math.max(2, routes.length - 1)));
  const sums = new Map<RouteSlots, { sum: number; count: number }>();
  for (const { route, ownScore } of trials) {
    const mine = routes[route] as RouteSlots;
    const { sum, count } = sums.get(mine) ?? { sum: 0, count: 0 };
    sums.set(mine, { sum: sum + ownScore, count: count + 1 });
  }
  const own = shrunkMean(
    trials.map(({ ownScore }) => ownScore),
    priorThreshold + PRIOR_SPREAD,
  );
  return {
    own,
    foreign: shrunkMean(
      foreignScores.map(({ foreignMean, foreignDeviation }) => foreignMean + deviations * foreignDeviation),
      priorThreshold - PRIOR_SPREAD,
    ),
    ownByRoute: new Map(
      Array.from(sums, ([route, { sum, count }]) => [
        route,
        (sum + POOLED_UTTERANCES * own) / (count + POOLED_UTTERANCES),
      ]),
    ),
    confidence: fitLogistic(trials.map(toObservation), PRIOR_CONFIDENCE, PRIOR_STRENGTH),
  };
}

/** The default threshold of a route. */
export function thresholdOf(
  { ownByRoute, own, foreign }: Calibration,
  route: RouteSlots,
  towards: number = TOWARDS_FOREIGN,
): number {
  const mine = ownByRoute.get(route) ?? own;
  return mine + towards * (Math.min(foreign, mine) - mine);
}

/** The probability that the route which scored so, so far ahead of the next, is the right one. */
export function confidenceOf({ confidence }: Calibration, score: number, margin: number | null): number {
  return predict(confidence, [score, margin ?? score]);
}

/** Every probe is an utterance of the route, scored as if it were not one. Of the scores of all routes only trials stay. */
function leaveOneOut({ evidence, routes, rule }: Calibrating, probes: readonly OwnProbe[]): readonly Trial[] {
  const measurements = evidence.measure(
    probes.map(({ text, exceptId }) => ({ text, exceptId, vector: evidence.vectorOf(exceptId) })),
    routes,
    measureOptionsOf(rule),
  );
  return probes.map(({ route }, i) => toTrial(scoreRoutes(measurements[i] as Measurement, rule), route));
}

export function toTrial(scores: Float32Array, route: number): Trial {
  let foreign = -1;
  let sum = 0;
  let squared = 0;
  for (let r = 0; r < scores.length; r++) {
    if (r === route) continue;
    const score = scores[r] as number;
    if (foreign < 0 || score > (scores[foreign] as number)) foreign = r;
    sum += score;
    squared += score * score;
  }
  const others = Math.max(1, scores.length - 1);
  const foreignMean = sum / others;
  const foreignDeviation = Math.sqrt(Math.max(0, squared / others - foreignMean * foreignMean));
  const ownScore = scores[route] as number;
  const foreignScore = foreign < 0 ? undefined : (scores[foreign] as number);
  const isOwnBest =
    foreignScore === undefined || ownScore > foreignScore || (ownScore === foreignScore && route < foreign);
  const best = isOwnBest ? route : foreign;
  return { route, best, ownScore, foreignScore, foreignMean, foreignDeviation };
}

function toObservation({ route, best, ownScore, foreignScore }: Trial): Observation {
  const score = Math.max(ownScore, foreignScore ?? -1);
  const margin = foreignScore === undefined ? score : Math.abs(ownScore - foreignScore);
  return { features: [score, margin], outcome: best === route };
}

/**
 * Utterances of routes that have others, spread evenly over routes and their lists; the same for the same routes. One at a
 * time: reading the lists of a thousand routes takes as long as some trials.
 */
function* pickProbes(evidence: Evidence, routes: readonly RouteSlots[]): Generator<OwnProbe, void> {
  const rows = Math.max(1, evidence.size);
  const most = Math.max(TRIAL_WORK / rows, Math.min(2 * routes.length, MOST_TRIAL_WORK / rows));
  const quota = Math.max(1, Math.floor(most / Math.max(1, routes.length)));
  const everyNth = Math.max(1, Math.ceil(routes.length / most));
  for (const [route, { ids }] of routes.entries()) {
    if (ids.size < 2 || route % everyNth !== 0) continue;
    const step = Math.max(1, ids.size / quota);
    const [texts, own] = [Array.from(ids.keys()), Array.from(ids.values())];
    for (let i = 0; i < Math.min(quota, ids.size); i++) {
      const at = Math.floor(i * step);
      yield { route, text: texts[at] as string, exceptId: own[at] as number };
    }
  }
}

function shrunkMean(values: readonly number[], prior: number): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return (sum + PRIOR_TRIALS * prior) / (values.length + PRIOR_TRIALS);
}
