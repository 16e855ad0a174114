/**
 * Owns what stands between the routes and a decision: when statistics are made anew, which thresholds are in force, and
 * the one path on which every query, trial and report is decided.
 */

import {
  calibrate,
  calibrateInSteps,
  confidenceOf,
  thresholdOf,
  type Calibrating,
  type Calibration,
} from './calibration.ts';
import { decide, type DecisionPolicy, type Standing } from './decide.ts';
import { FitWatch, type FitInForce } from './fit/fit-watch.ts';
import type { Fit } from './fit/fit.ts';
import { fittedConfidence, preferencesOf } from './fit/preference.ts';
import type { Measurement, Probe } from './measurement.ts';
import type { RouteEntry, RouteTable } from './route-table.ts';
import { measureOptionsOf, negativeLead, scoreRoutes } from './scoring.ts';
import type { Decision, DecisionRule, Encoder, FitStatus, RouteSnapshot } from './types.ts';

/** Statistics are made anew when so large a share of the utterances has changed; what that costs is spread over as many changes. */
const STALE_SHARE = 1 / 32;
/** Encoders name their threshold for vectors, which are two thirds of a blended score; words are rarely shared. */
const BLENDED_SHARE = 2 / 3;

export interface DeciderOptions {
  readonly rule: DecisionRule;
  readonly minMargin: number;
}

export interface DecidedProbe extends Probe {
  readonly truncated: boolean;
}

/** A decision with what it was made of; routes in the order in which they were added. */
export interface Weighed {
  readonly decision: Decision;
  readonly measurement: Measurement;
  readonly standings: readonly Standing[];
  readonly policy: DecisionPolicy;
}

export class Decider {
  readonly #encoder: Pick<Encoder, 'id' | 'defaultThreshold'>;
  readonly #table: RouteTable;
  readonly #options: DeciderOptions;
  #calibration: Calibration | undefined;
  #changesSeen = -1;
  readonly #fit: FitWatch;

  constructor(encoder: Pick<Encoder, 'id' | 'defaultThreshold'>, table: RouteTable, options: DeciderOptions) {
    this.#encoder = encoder;
    this.#table = table;
    this.#options = options;
    this.#fit = new FitWatch(table);
  }

  /** The same way of deciding, over other routes. */
  over(table: RouteTable): Decider {
    return new Decider(this.#encoder, table, this.#options);
  }

  get rule(): DecisionRule {
    return this.#options.rule;
  }

  get fitStatus(): FitStatus {
    return this.#fit.status;
  }

  /** Makes ready what the next decision needs, in steps of so many texts or some milliseconds; between two no route may change. */
  *prepare(textCount: number): Generator<undefined, void> {
    const { evidence } = this.#table;
    while (!evidence.index.prepare(textCount)) yield;
    if (measureOptionsOf(this.#options.rule).depth === 'all') while (!evidence.readWords(textCount)) yield;
    const entries = this.#table.entries();
    if (entries.length === 0) return;
    const steps = calibrateInSteps(this.#calibrating(entries));
    // Whoever asks meanwhile has all of it made.
    while (!this.#fresh()) {
      const { done, value } = steps.next();
      if (done) this.#take(value);
      else yield;
    }
  }

  /** What scores mean for the routes as they stand; `undefined` without routes. */
  calibration(): Calibration | undefined {
    return this.#calibrated(this.#table.entries());
  }

  /** Decides texts that have their vectors, all by the same state of the routes. */
  decide(probes: readonly DecidedProbe[]): readonly Decision[] {
    return this.weigh(probes).map(({ decision }) => decision);
  }

  /** Decides, and gives what it was decided by; `onMeasured` hears when the search is over. */
  weigh(probes: readonly DecidedProbe[], onMeasured?: () => void): readonly Weighed[] {
    const entries = this.#table.entries();
    const calibration = this.#calibrated(entries);
    const inForce = this.#fitInForce();
    const policy = this.#policy(calibration, inForce?.fit);
    const thresholds = entries.map((entry) => this.#threshold(entry, calibration, inForce?.fit));
    const measurements = this.#table.evidence.measure(probes, entries, measureOptionsOf(this.#options.rule));
    onMeasured?.();
    return measurements.map((measurement, i) => {
      const { vector, truncated } = probes[i] as DecidedProbe;
      const preference = inForce && preferencesOf(inForce.fit, inForce.labelOfRoute, vector, measurement);
      const standings = this.#standings(entries, measurement, thresholds, preference);
      return { decision: decide(standings, policy, truncated), measurement, standings, policy };
    });
  }

  snapshots(): readonly RouteSnapshot[] {
    const entries = this.#table.entries();
    const isLearnt = this.#options.rule === 'blend';
    const calibration = isLearnt ? this.#calibrated(entries) : undefined;
    const fit = this.#fitInForce()?.fit;
    const learnt = fit ? 'fit' : 'calibration';
    return entries.map((entry) => {
      const { name, threshold, metadata, ids, negatives } = entry;
      return {
        name,
        utterances: [...ids.keys()],
        ...(negatives.size > 0 && { negatives: [...negatives.keys()] }),
        threshold: this.#threshold(entry, calibration, fit),
        thresholdFrom: threshold !== undefined ? 'route' : isLearnt ? learnt : 'encoder',
        ...(metadata && { metadata }),
      } as const;
    });
  }

  /** Other rules than the default know no head. */
  #fitInForce(): FitInForce | undefined {
    return this.#options.rule === 'blend' ? this.#fit.inForce() : undefined;
  }

  #policy(calibration: Calibration | undefined, fit: Fit | undefined): DecisionPolicy {
    return {
      minMargin: this.#options.minMargin,
      minConfidence: fit?.minConfidence ?? 0,
      confidenceOf(score, margin, lead) {
        if (fit) return fittedConfidence(fit, score, margin, lead);
        return calibration ? confidenceOf(calibration, score, margin) : 0;
      },
      encoderId: this.#encoder.id,
    };
  }

  #standings(
    entries: readonly RouteEntry[],
    measurement: Measurement,
    thresholds: readonly number[],
    preference: Float32Array | undefined,
  ): readonly Standing[] {
    const { evidence } = this.#table;
    const scores = scoreRoutes(measurement, this.#options.rule, thresholds);
    return entries.map(({ name, metadata }, r) => ({
      route: name,
      score: scores[r] as number,
      threshold: thresholds[r] as number,
      utterance: evidence.textOf(measurement.bestId[r] as number),
      negative: negativeLead(measurement, r) > 0 ? evidence.textOf(measurement.negativeId[r] as number) : undefined,
      metadata,
      ...(preference && { preference: preference[r] as number }),
    }));
  }

  #threshold(entry: RouteEntry, calibration: Calibration | undefined, fit: Fit | undefined): number {
    if (entry.threshold !== undefined) return entry.threshold;
    // Other routers' rules keep their one threshold.
    if (!calibration || this.#options.rule !== 'blend') return this.#encoder.defaultThreshold;
    return thresholdOf(calibration, entry, fit?.towards);
  }

  /** Statistics of the routes as they stand, or as they stood a few changes ago. */
  #calibrated(entries: readonly RouteEntry[]): Calibration | undefined {
    if (entries.length === 0) return undefined;
    return this.#fresh() ?? this.#take(calibrate(this.#calibrating(entries)));
  }

  #fresh(): Calibration | undefined {
    const { changes, evidence } = this.#table;
    return changes - this.#changesSeen <= evidence.size * STALE_SHARE ? this.#calibration : undefined;
  }

  #calibrating(routes: readonly RouteEntry[]): Calibrating {
    const { rule } = this.#options;
    const priorThreshold = this.#encoder.defaultThreshold * (rule === 'blend' ? BLENDED_SHARE : 1);
    return { evidence: this.#table.evidence, routes, rule, priorThreshold };
  }

  #take(calibration: Calibration): Calibration {
    this.#calibration = calibration;
    this.#changesSeen = this.#table.changes;
    return calibration;
  }
}
