/** Owns a logistic model of few features: its fit by Newton's method, and its answer. */

/** Intercept first, then one coefficient a feature. */
export type LogisticModel = readonly number[];

export interface Observation {
  readonly features: readonly number[];
  readonly outcome: boolean;
  /** Default 1. */
  readonly weight?: number;
}

const MAX_STEPS = 25;
const MOST_HALVINGS = 20;

/** The probability of a true outcome. */
export function predict(model: LogisticModel, features: readonly number[]): number {
  return 1 / (1 + Math.exp(-logitOf(model, features)));
}

function logitOf(model: LogisticModel, features: readonly number[]): number {
  let logit = model[0] as number;
  for (let i = 0; i < features.length; i++) logit += (model[i + 1] as number) * (features[i] as number);
  return logit;
}

/**
 * The most likely model, drawn to `prior` as `strength` observations of variance 1 would: with few observations, or with
 * one outcome alone, it stays near the prior.
 */
export function fitLogistic(
  observations: readonly Observation[],
  prior: LogisticModel,
  strength: number,
): LogisticModel {
  let model = [...prior];
  for (let step = 0; step < MAX_STEPS; step++) {
    const gradient = model.map((value, i) => strength * ((prior[i] as number) - value));
    const curvature = model.map((_, i) => model.map((__, j) => (i === j ? strength : 0)));
    for (const { features, outcome, weight = 1 } of observations) {
      const p = predict(model, features);
      // By index: iterators take twice as long, and a thousand texts are gone through a dozen times.
      for (let i = 0; i <= features.length; i++) {
        const a = i === 0 ? 1 : (features[i - 1] as number);
        gradient[i] = (gradient[i] as number) + weight * ((outcome ? 1 : 0) - p) * a;
        const row = curvature[i] as number[];
        for (let j = 0; j <= features.length; j++) {
          const b = j === 0 ? 1 : (features[j - 1] as number);
          row[j] = (row[j] as number) + weight * p * (1 - p) * a * b;
        }
      }
    }
    const change = solve(curvature, gradient);
    if (Math.max(...change.map(Math.abs)) < 1e-6) break;
    model = stepUp(model, change, (tried) => likelihood(observations, tried, prior, strength));
  }
  return model;
}

/** As far along the change as it gets better: where outcomes are nearly certain, Newton's whole step leads far beyond. */
function stepUp(model: LogisticModel, change: readonly number[], goodness: (model: LogisticModel) => number): number[] {
  const least = goodness(model);
  let share = 1;
  for (let halving = 0; halving < MOST_HALVINGS; halving++) {
    const tried = model.map((value, i) => value + share * (change[i] as number));
    if (goodness(tried) >= least) return tried;
    share /= 2;
  }
  return [...model];
}

/** Logarithm of it, less what the distance from the prior costs. */
function likelihood(
  observations: readonly Observation[],
  model: LogisticModel,
  prior: LogisticModel,
  strength: number,
): number {
  let sum = 0;
  for (const [i, value] of model.entries()) sum -= (strength / 2) * ((prior[i] as number) - value) ** 2;
  for (const { features, outcome, weight = 1 } of observations) {
    const logit = logitOf(model, features);
    // log(1 + exp(x)) for any x.
    const against = outcome ? -logit : logit;
    sum -= weight * (Math.max(0, against) + Math.log1p(Math.exp(-Math.abs(against))));
  }
  return sum;
}

/** Gauss-Jordan; the matrix is small, symmetric and positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  for (const [i, row] of rows.entries()) {
    const pivot = row[i] as number;
    for (let k = i; k < row.length; k++) row[k] = (row[k] as number) / pivot;
    for (const [j, other] of rows.entries()) {
      const factor = other[i] as number;
      if (j === i || factor === 0) continue;
      for (let k = i; k < other.length; k++) other[k] = (other[k] as number) - factor * (row[k] as number);
    }
  }
  return rows.map((row) => row[right.length] as number);
}
