/** Owns the words for what a router tells about itself, as types; holds no code. */

import type { LabelledText } from './fit/types.ts';
import type { CallOptions, Decision, DecisionRule, MutationReceipt, Route, RouteSnapshot } from './types.ts';

/** One of the likenesses that a score is the weighted sum of. */
export interface ScorePart {
  /** Of the nearest utterance or of the mean of all; by vector, or by words and character n-grams. */
  readonly part: 'best' | 'centroid' | 'lexicalBest' | 'lexicalCentroid';
  /** By vector in [-1, 1], lexical in [0, 1]. */
  readonly value: number;
  /** Its share; the parts' `value * weight` add up to the score. */
  readonly weight: number;
}

/** A sentence of a route, and how near the explained text is to it. */
export interface NearText {
  readonly text: string;
  /** Cosine of the vectors, in [-1, 1]. */
  readonly dense: number;
  /** Likeness of words and character n-grams, in [0, 1]; 0 where the rule does not read words. */
  readonly lexical: number;
}

/** Why one route stands where it does. */
export interface ExplainedCandidate {
  readonly route: string;
  readonly score: number;
  readonly threshold: number;
  readonly thresholdFrom: RouteSnapshot['thresholdFrom'];
  readonly passed: boolean;
  /** What picks the route where a fit is in force, the greatest first; the score rejects. Absent: no fit is. */
  readonly preference?: number;
  /** Empty for a rule whose score is no sum of them: those that look at the nearest few utterances. */
  readonly parts: readonly ScorePart[];
  /** The route's nearest utterances, nearest first, at most 3. */
  readonly nearest: readonly NearText[];
  /** The route's nearest negative, whether it keeps the route away or not. Absent: the route has none. */
  readonly nearestNegative?: NearText;
  /** The words that `lexicalBest` is made of, and how much of it each carries, greatest first. */
  readonly words: readonly { readonly word: string; readonly weight: number }[];
}

/** One change, and what the same text would have got with it. Each was decided anew; those that change nothing are left out. */
export interface WhatIf {
  readonly change:
    /** The route's score were greater by `by`, all else the same. */
    | { readonly kind: 'score'; readonly route: string; readonly by: number }
    /** The route's threshold were `to`: `setThreshold`. */
    | { readonly kind: 'threshold'; readonly route: string; readonly to: number }
    /** The route had no negative near the text: `removeNegatives`, for this one and any other that is nearer than its utterances. */
    | { readonly kind: 'negative'; readonly route: string; readonly negative: string }
    /** The router's `minMargin` were `to`. */
    | { readonly kind: 'minMargin'; readonly to: number };
  readonly reason: Decision['reason'];
  readonly route: string | null;
}

/** Where the time of one explained text went, in milliseconds by the router's own clock. */
export interface ExplanationTimings {
  /** For the encoder run before, and for the answer's turn behind others. */
  readonly waitMs: number;
  /** The encoder run, which texts of other calls may have shared. */
  readonly encodeMs: number;
  /** Comparing with every utterance, by vector and by words; with what is learnt anew after routes changed. */
  readonly searchMs: number;
  /** From likenesses to the decision. */
  readonly decideMs: number;
  /** Making the explanation, which `query` does not. */
  readonly explainMs: number;
}

/** Why a text got its decision. */
export interface Explanation {
  readonly text: string;
  /** What `query` answers. */
  readonly decision: Decision;
  readonly rule: DecisionRule;
  /** In the order of the decision's; as many as were asked for. */
  readonly candidates: readonly ExplainedCandidate[];
  /** What would have changed the outcome. */
  readonly whatIf: readonly WhatIf[];
  /** The same for people, in a few lines. */
  readonly summary: string;
  readonly timings: ExplanationTimings;
}

export interface ExplainOptions extends CallOptions {
  /** How many of the best candidates are explained. Default 3. */
  readonly candidates?: number | undefined;
}

/** How far an evaluation has come: what remains after the last text is encoded takes a small part of the time. */
export interface EvaluateProgress {
  readonly encodedTexts: number;
  readonly totalTexts: number;
}

export interface EvaluateOptions extends CallOptions {
  /** Called from time to time while texts are encoded, and when all are. */
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
}

/** How one route fared. */
export interface RouteReport {
  readonly route: string;
  /** Samples that are the route's. */
  readonly samples: number;
  /** Samples that got the route, at the thresholds in force. */
  readonly answered: number;
  /** Samples that are the route's and got it. */
  readonly right: number;
  /** Right among the answered; `null` where nothing was. */
  readonly precision: number | null;
  /** Right among the route's samples; `null` without any. */
  readonly recall: number | null;
  readonly f1: number;
}

/** Samples that were to get one thing and got another. */
export interface Confusion {
  readonly expected: string | null;
  readonly got: string | null;
  readonly samples: number;
  /** The first three of them. */
  readonly texts: readonly string[];
}

/** What it would be to answer only where the confidence is at least so high. */
export interface CoveragePoint {
  readonly confidence: number;
  /** Share of all samples that would get a route. */
  readonly coverage: number;
  /** Share of wrong ones among those. */
  readonly risk: number;
}

/** How a router decides samples whose answer is known, at the thresholds in force. All shares in [0, 1]. */
export interface Evaluation {
  readonly samples: number;
  /** Share of samples that got what is right for them, a route or none. */
  readonly accuracy: number;
  /** Mean F1 of the routes that have samples or were answered; 0 where there are none. */
  readonly macroF1: number;
  /** Every route of the router, in its order. */
  readonly routes: readonly RouteReport[];
  /** Most frequent first. */
  readonly confusions: readonly Confusion[];
  /** Samples of a route. Absent: there were none. */
  readonly inScope?: {
    readonly samples: number;
    /** Got their route. */
    readonly accuracy: number;
    /** Had their route as best candidate, whether it passed or not. */
    readonly bestAccuracy: number;
    /** Expected calibration error of `confidence` as the probability that the best candidate is right; 15 equal bins. */
    readonly calibrationError: number;
  };
  /** Samples of none. Absent: there were none. */
  readonly outOfScope?: {
    readonly samples: number;
    /** Got none. */
    readonly recall: number;
    /** Probability that a sample of a route has a higher best score than one of none. Absent without samples of a route. */
    readonly auroc?: number;
    /** Share of samples of none whose best score is as high as those of 95% of the samples of routes. Absent likewise. */
    readonly fpr95?: number;
  };
  /** From few answers that are sure to all that the thresholds in force let through; at most 21 points. */
  readonly coverageRisk: readonly CoveragePoint[];
}

/** An utterance that a finding is about. */
export interface LintedUtterance {
  readonly route: string;
  readonly text: string;
  /** The cosine to its twin, or the score with which it was decided; see the finding's kind. */
  readonly score?: number;
}

/** One thing that is wrong with routes as they are written. */
export interface LintFinding {
  /**
   * `near-duplicate`: two routes have sentences whose vectors are nearly the same (cosine >= 0.95).
   * `swallowed`: taken out of its route, the utterance is decided for the other one; its score there.
   * `thin`: fewer than 3 utterances, so that most of the route's threshold is learnt from the other routes.
   * `dead`: taken out, the utterance goes to its route all the same, with this score, and it is the nearest of no other
   * of its route, by vector or words; that the mean of its route moves a little without it is not looked at.
   */
  readonly kind: 'near-duplicate' | 'swallowed' | 'thin' | 'dead';
  readonly routes: readonly string[];
  readonly utterances: readonly LintedUtterance[];
  /** What to do about it. */
  readonly action: string;
}

export interface LintReport {
  /** Near-duplicates, swallowed, thin, dead, in this order; the worst of each kind first. */
  readonly findings: readonly LintFinding[];
  /** Utterances that were taken out and decided, of `utterances`; fewer than all in a router of more than 4,400. */
  readonly examined: number;
  readonly utterances: number;
}

export interface FeedbackOptions extends CallOptions {
  /** The route that the text belongs to; `null`: none. */
  readonly expected: string | null;
}

/** What was made of a user's word. */
export interface Feedback {
  /** What the router had answered. */
  readonly decision: Decision;
  /** In the order in which they were made; none where the answer was right, or nothing was left to add. */
  readonly changes: readonly {
    readonly verb: 'addUtterances' | 'removeUtterances' | 'addNegatives' | 'removeNegatives';
    readonly route: string;
    readonly text: string;
  }[];
  /** Of the changes, in their order. */
  readonly receipts: readonly MutationReceipt[];
  /** Makes the inverse changes, last first; the first call counts. A sentence that was moved comes back as the last of its list. */
  undo(): Promise<readonly MutationReceipt[]>;
}

/** One change of routes as plain data: the verb, and what it is given. */
export type RouteChange =
  | { readonly addRoute: Route }
  | { readonly removeRoute: string }
  | { readonly addUtterances: readonly string[]; readonly route: string }
  | { readonly removeUtterances: readonly string[]; readonly route: string }
  | { readonly addNegatives: readonly string[]; readonly route: string }
  | { readonly removeNegatives: readonly string[]; readonly route: string }
  | { readonly setThreshold: number | undefined; readonly route: string };

/** What a change would move. */
export interface Replay {
  /** How many were replayed. */
  readonly texts: number;
  /** Those whose route, or the reason for none, would be another; in their order. */
  readonly moved: readonly {
    readonly text: string;
    readonly before: Pick<Decision, 'route' | 'reason' | 'score'>;
    readonly after: Pick<Decision, 'route' | 'reason' | 'score'>;
  }[];
}

/** The questions that a router answers about itself; they change nothing. */
export interface RouterReports {
  /** Decides a text as `query` does, and says why: what each score is made of, and what would have changed the outcome. */
  explain(text: string, options?: ExplainOptions): Promise<Explanation>;
  /**
   * Decides samples as `queryMany` does and counts; `formatEvaluation` prints it. Rejects with `INVALID_OPTION` where they
   * are malformed or none, `ROUTE_NOT_FOUND` where one names a route that the router does not have.
   */
  evaluate(samples: readonly LabelledText[], options?: EvaluateOptions): Promise<Evaluation>;
  /**
   * Looks for what is wrong with the routes as they are written. Takes every utterance out in turn and decides it: seconds
   * for thousands; above 4,400 only a part, which the report says. Changes wait for it, queries do not. Where a fit is in
   * force, its head has seen them all.
   */
  lint(options?: CallOptions): Promise<LintReport>;
  /**
   * Decides texts without and with some changes, on a copy of the routes: nothing is changed or stored. Statistics of the
   * copy are fresh, where the router's own may be some changes old. Rejects as the changes themselves would.
   */
  replay(texts: readonly string[], changes: readonly RouteChange[], options?: CallOptions): Promise<Replay>;
}
