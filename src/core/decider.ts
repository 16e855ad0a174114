/**
 * Owns what stands between the routes and a decision: when statistics are made anew, which thresholds are in force, and
 * the one path on which every query, trial and report is decided.
 */

import { calibrate, confidenceOf, thresholdOf, type Calibrating, type Calibration } from './calibration.ts';
import { decide, type DecisionPolicy, type Standing } from './decide.ts';
import { FitWatch, type FitInForce } from './fit/fit-watch.ts';
import type { Fit } from './fit/fit.ts';
import { fittedConfidence, preferencesOf } from './fit/preference.ts';
import type { Measurement, Probe } from './measurement.ts';
import { Preparation } from './preparation.ts';
import type { RouteEntry, RouteTable } from './route-table.ts';
import { measureOptionsOf, negativeLead, scoreRoutes } from './scoring.ts';
import type { Clock, Decision, DecisionRule, Encoder, FitStatus, RouteSnapshot } from './types.ts';

/** Statistics are made anew when so large a share of the utterances has changed; what that costs is spread over as many changes. */
const STALE_SHARE = 1 / 32;
/** Encoders name their threshold for vectors, which are two thirds of a blended score; words are rarely shared. */
const BLENDED_SHARE = 2 / 3;
/** Rows that are made ready for a search in a step, less than a millisecond's worth. */
const ROWS_A_STEP = 32;

export interface DeciderOptions {
  readonly rule: DecisionRule;
  readonly minMargin: number;
  readonly clock: Clock;
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
  /** Of the statistics. To be awaited before every decision; one that comes without makes them in one piece. */
  readonly preparation: Preparation;
  #calibration: Calibration | undefined;
  #changesSeen = -1;
  readonly #fit: FitWatch;

  constructor(encoder: Pick<Encoder, 'id' | 'defaultThreshold'>, table: RouteTable, options: DeciderOptions) {
    this.#encoder = encoder;
    this.#table = table;
    this.#options = options;
    this.#fit = new FitWatch(table);
    this.preparation = new Preparation({
      clock: options.clock,
      isReady: () => table.routeCount === 0 || this.#fresh() !== undefined,
      steps: () => this.#prepare(),
    });
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
    // Where nobody has awaited them.
    if (!this.#fresh()) for (const _ of this.#prepare());
    return this.#fresh();
  }

  /** Until the statistics are there; begins again where a route has changed between two steps. */
  *#prepare(): Generator<undefined, void> {
    const table = this.#table;
    while (table.routeCount > 0 && !this.#fresh()) {
      const { changes, evidence } = table;
      while (table.changes === changes && !evidence.index.prepare(ROWS_A_STEP)) yield;
      const steps = calibrate(this.#calibrating(table.entries()));
      while (table.changes === changes && !this.#fresh()) {
        const { done, value } = steps.next();
        if (done) this.#take(value);
        else yield;
      }
    }
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
