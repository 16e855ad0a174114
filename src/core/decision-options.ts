/** Owns how a router may be told to decide, as types; holds no code. */

/**
 * How nearness becomes a route's score. `blend`, the default: half the nearest utterance and half the mean of all, by
 * vector, and at half the weight the same by words and character n-grams. `best-utterance` is SynaptoRoute 0.2's rule.
 * The others are for those who come from aurelio's semantic-router (mean, max or sum over the five nearest utterances of
 * all routes) or RedisVL (over a route's utterances within its threshold); `aurelio-sum` may exceed 1.
 */
export type DecisionRule =
  | 'blend'
  | 'best-utterance'
  | 'mean-of-best-3'
  | 'centroid'
  | 'aurelio-mean'
  | 'aurelio-max'
  | 'aurelio-sum'
  | 'redisvl-avg'
  | 'redisvl-min';

export interface DecisionOptions {
  /** How nearness becomes a score. Default `blend`. */
  readonly rule?: DecisionRule;
  /** Routes that pass and score no further apart are `ambiguous`. Default 0: equal scores alone. In [0, 2]. */
  readonly minMargin?: number;
}
