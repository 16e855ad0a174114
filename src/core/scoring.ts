/** Owns how nearness becomes one score a route. Pure: a measurement and the name of a rule in, scores out. */

import type { MeasureOptions, Measurement } from './measurement.ts';
import type { DecisionRule, ScorePart } from './types.ts';

/** What words weigh beside vectors. The best of 0.3, 0.5, 0.7 and 1 on CLINC150 and Banking77 train slices at 3 to 100 utterances a route; flat around it. */
const LEXICAL_WEIGHT = 0.5;
/** As many utterances as aurelio's router looks at. */
const GLOBAL_TOP = 5;
/** References of a route that RedisVL's aggregations look at; more within its distance are rare. */
const WITHIN_DISTANCE = 64;

/** Every rule by name, with what it needs measured. */
const RULES: Readonly<Record<DecisionRule, Required<MeasureOptions>>> = {
  blend: { hitsPerRoute: 1, depth: 'all' },
  'best-utterance': { hitsPerRoute: 1, depth: 'best' },
  'mean-of-best-3': { hitsPerRoute: 3, depth: 'best' },
  centroid: { hitsPerRoute: 1, depth: 'all' },
  'aurelio-mean': { hitsPerRoute: GLOBAL_TOP, depth: 'best' },
  'aurelio-max': { hitsPerRoute: GLOBAL_TOP, depth: 'best' },
  'aurelio-sum': { hitsPerRoute: GLOBAL_TOP, depth: 'best' },
  'redisvl-avg': { hitsPerRoute: WITHIN_DISTANCE, depth: 'best' },
  'redisvl-min': { hitsPerRoute: 1, depth: 'best' },
};

export const RULE_NAMES: readonly DecisionRule[] = Object.keys(RULES) as DecisionRule[];

export function measureOptionsOf(rule: DecisionRule): Required<MeasureOptions> {
  return RULES[rule];
}

/** One score a route, in the order of the routes. `thresholds` count for `redisvl-avg` alone. */
export function scoreRoutes(
  measurement: Measurement,
  rule: DecisionRule,
  thresholds?: ArrayLike<number>,
): Float32Array {
  const { best, centroid, top, hitsPerRoute } = measurement;
  switch (rule) {
    case 'blend':
      return blend(measurement);
    case 'best-utterance':
    case 'redisvl-min':
      return best.slice();
    case 'centroid':
      return centroid.slice();
    case 'mean-of-best-3':
      return best.map((_, r) => mean(top.subarray(r * hitsPerRoute, (r + 1) * hitsPerRoute), -Infinity));
    case 'redisvl-avg':
      return best.map((score, r) =>
        Math.max(
          score < (thresholds?.[r] ?? -1) ? score : -1,
          mean(top.subarray(r * hitsPerRoute, (r + 1) * hitsPerRoute), thresholds?.[r] ?? -1),
        ),
      );
    default:
      return aggregateTop(measurement, rule);
  }
}

/** Half best utterance and half centroid; the same of words, at half the weight. In [-1, 1]. */
function blend({ best, centroid, lexicalBest, lexicalCentroid }: Measurement): Float32Array {
  return best.map((score, r) => {
    const dense = score + (centroid[r] as number);
    const lexical = (lexicalBest[r] as number) + (lexicalCentroid[r] as number);
    return (dense + LEXICAL_WEIGHT * lexical) / (2 * (1 + LEXICAL_WEIGHT));
  });
}

const DENSE_SHARE = 1 / (2 * (1 + LEXICAL_WEIGHT));
const LEXICAL_SHARE = LEXICAL_WEIGHT * DENSE_SHARE;

/** What a route's score is the weighted sum of, by rule; nothing for rules whose score is no such sum. */
const PARTS: Partial<Record<DecisionRule, Partial<Record<ScorePart['part'], number>>>> = {
  blend: { best: DENSE_SHARE, centroid: DENSE_SHARE, lexicalBest: LEXICAL_SHARE, lexicalCentroid: LEXICAL_SHARE },
  'best-utterance': { best: 1 },
  'redisvl-min': { best: 1 },
  centroid: { centroid: 1 },
};

/** One route's score, taken apart. */
export function partsOf(measurement: Measurement, rule: DecisionRule, route: number): readonly ScorePart[] {
  const weights = Object.entries(PARTS[rule] ?? {}) as [ScorePart['part'], number][];
  return weights.map(([part, weight]) => ({ part, value: measurement[part][route] as number, weight }));
}

/** One sentence's nearness, by vector and words. */
export function nearnessOf(dense: number, lexical: number): number {
  return (dense + LEXICAL_WEIGHT * lexical) / (1 + LEXICAL_WEIGHT);
}

/** How much nearer a route's nearest negative is than its nearest utterance, both by vector and words; below 0 where none is. */
export function negativeLead(measurement: Measurement, route: number): number {
  const { best, lexicalBest, negative, negativeId, lexicalNegative } = measurement;
  if ((negativeId[route] as number) < 0) return -Infinity;
  return (
    nearnessOf(negative[route] as number, lexicalNegative[route] as number) -
    nearnessOf(best[route] as number, lexicalBest[route] as number)
  );
}

/** The nearest utterances of all routes together, aggregated by route; -1 for a route that has none among them. */
function aggregateTop({ best, top, hitsPerRoute }: Measurement, rule: DecisionRule): Float32Array {
  const nearest = Array.from(top, (score, at) => ({ score, route: Math.floor(at / hitsPerRoute) }))
    .filter(({ score }) => score > -Infinity)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, GLOBAL_TOP);
  return best.map((_, r) => {
    const own = nearest.filter(({ route }) => route === r).map(({ score }) => score);
    if (own.length === 0) return -1;
    const sum = own.reduce((total, score) => total + score, 0);
    if (rule === 'aurelio-sum') return sum;
    return rule === 'aurelio-max' ? Math.max(...own) : sum / own.length;
  });
}

/** Of the scores that reach `least`; -1 without any. */
function mean(scores: Float32Array, least: number): number {
  let sum = 0;
  let count = 0;
  for (const score of scores) {
    if (score === -Infinity || score < least) continue;
    sum += score;
    count++;
  }
  return count === 0 ? -1 : sum / count;
}
