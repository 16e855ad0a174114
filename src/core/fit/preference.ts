/** Owns how a fit picks a route: the head's log-probability and the words, as one number a route. Pure. */

import { scoreHead } from '../head/head.ts';
import { predict } from '../logistic.ts';
import type { Measurement } from '../measurement.ts';
import type { Fit } from './fit.ts';

/** The natural logarithm of each label's probability, in place of its logit. */
export function logSoftmax(logits: Float32Array): Float32Array {
  let greatest = -Infinity;
  for (const logit of logits) greatest = Math.max(greatest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - greatest);
  const norm = greatest + Math.log(sum);
  return logits.map((logit) => logit - norm);
}

/** Half the route's nearest words and half those of all its utterances: what words say of each route, in [0, 1]. */
export function lexicalPart({ lexicalBest, lexicalCentroid }: Measurement): Float32Array {
  return lexicalBest.map((best, r) => (best + (lexicalCentroid[r] as number)) / 2);
}

/** @param logProbabilities by route, in the order of the measurement */
export function preferences(
  logProbabilities: Float32Array,
  lexical: Float32Array,
  lexicalWeight: number,
): Float32Array {
  return logProbabilities.map((value, r) => value + lexicalWeight * (lexical[r] as number));
}

/** One number a route, greatest where the fit would go. `labelOfRoute` is the head's class of each route. */
export function preferencesOf(
  { head, lexicalWeight }: Pick<Fit, 'head' | 'lexicalWeight'>,
  labelOfRoute: readonly number[],
  vector: Float32Array,
  measurement: Measurement,
): Float32Array {
  const logits = new Float32Array(head.labelCount);
  scoreHead(head, vector, logits);
  const byLabel = logSoftmax(logits);
  const byRoute = Float32Array.from(labelOfRoute, (label) => byLabel[label] as number);
  return preferences(byRoute, lexicalPart(measurement), lexicalWeight);
}

/** How far the greatest is above the next; as much as counts, for a route alone. */
export function leadOf(values: ArrayLike<number>): number {
  let [first, second] = [-Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > first) [first, second] = [value, first];
    else if (value > second) second = value;
  }
  return Math.min(MOST_LEAD, first - second);
}

/** e^20 to one: beyond it a lead tells nothing more. */
const MOST_LEAD = 20;

/** The probability that the picked route is right, of its score, its margin to other routes' scores and its lead. */
export function fittedConfidence(
  fit: Pick<Fit, 'confidence'>,
  score: number,
  margin: number | null,
  lead: number,
): number {
  return predict(fit.confidence, [score, margin ?? score, lead]);
}
