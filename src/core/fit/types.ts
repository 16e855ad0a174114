/** Owns what fitting takes and tells, as types; holds no code. */

import type { CallOptions, MutationReceipt } from '../types.ts';

/** A text whose right answer is known. */
export interface LabelledText {
  readonly text: string;
  /** `null`: it belongs to none of the routes. */
  readonly route: string | null;
}

export interface FitOptions extends CallOptions {
  /**
   * Texts besides the routes' own utterances, which are not added to the routes. Those of `null` teach where to say no;
   * a few dozen are worth having. Default: none.
   */
  readonly samples?: readonly LabelledText[];
  /**
   * The most of the answered texts that may be wrong, in (0, 1): a route is named only where confidence was high enough
   * for it on held-out texts (split-conformal risk control). It holds on average for texts like those that the fit saw;
   * with n held-out texts no rate below 1 / (n + 1) can be promised, and then nothing is answered. Default: no limit.
   */
  readonly maxErrorRate?: number;
  /** Parts of the cross-validation. Default 3; an integer >= 2. */
  readonly folds?: number;
  /** Of everything that is drawn. Default 1. */
  readonly seed?: number;
}

/**
 * What a fit learnt, and how good it is: every figure is of texts that the judged head had not seen. The fit is in force
 * when you hold this, and on disk when `durable` resolves.
 */
export interface FitReport extends MutationReceipt, FitFindings {}

export interface FitFindings {
  /** Held-out texts of routes that were judged. */
  readonly judged: number;
  /** Share of them whose route was picked, before any threshold. */
  readonly accuracy: number;
  /** The same without the head. */
  readonly accuracyUnfitted: number;
  /** Mean distance of confidence from truth over 15 bins, in [0, 1]. */
  readonly calibrationError: number;
  /** Share that is picked rightly and passes, of texts of routes; and that is turned away, of texts of none (`null` without any). */
  readonly inScopeAccuracy: number;
  readonly outOfScopeRecall: number | null;
  /** Share that is answered, and share of the answered that is wrong. */
  readonly coverage: number;
  readonly errorRate: number;
  /** Least confidence with which a route is named; 0 without `maxErrorRate`. */
  readonly minConfidence: number;
  readonly routes: readonly RouteFit[];
  /** Pairs that are taken for each other, most frequent first, at most 50. */
  readonly confusions: readonly { readonly expected: string; readonly got: string; readonly count: number }[];
  /** Routes of one utterance, of which nothing could be held out: their thresholds are those of the others. */
  readonly unjudged: readonly string[];
}

export interface RouteFit {
  readonly route: string;
  readonly samples: number;
  /** `null` where nothing was picked as it, or nothing of it judged. */
  readonly precision: number | null;
  readonly recall: number | null;
}

/** Whether a trained head picks the route. */
export interface FitStatus {
  /**
   * `outdated`: more than a tenth of the utterances, or the routes themselves, have changed since. `damaged`: what was stored
   * cannot be read. Neither is used; fit again.
   */
  readonly state: 'none' | 'in-force' | 'outdated' | 'damaged';
  /** Utterances of the routes that the fit did not learn, and those it learnt that are gone. Negatives do not count. */
  readonly changedUtterances: number;
}
