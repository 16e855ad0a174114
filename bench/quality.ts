/**
 * Whether the right route wins, and none where none is right: CLINC150 and Banking77 at 10 examples a route (seeds 1 to
 * 5) and with all of train, by the default rule, by a fitted router, and by the rules of other routers. Every parameter
 * of the router was chosen on train and val; test is read here alone.
 */

import {
  createEncoder,
  createMemoryStorage,
  openRouter,
  type Decision,
  type DecisionRule,
  type Encoder,
  type FitOptions,
  type Router,
} from 'synaptoroute/node';
import { readBanking, readClinc, type Sample, type Split } from './datasets.ts';
import { createRandom, quantile, round, type Metrics } from './measure.ts';

const SEEDS = [1, 2, 3, 4, 5];
const BINS = 15;
const COMPETITORS: readonly DecisionRule[] = [
  'best-utterance',
  'aurelio-mean',
  'redisvl-avg',
  'centroid',
  'mean-of-best-3',
];

export async function run(): Promise<Metrics> {
  const [clinc, banking] = [readClinc(), readBanking()];
  if (!clinc || !banking) return {};
  const encoder = remembering(await createEncoder({ thread: 'caller' }));
  const metrics: Record<string, number> = {};
  for (const rule of ['blend', ...COMPETITORS] as const) {
    Object.assign(metrics, await unfitted(encoder, { clinc, banking }, rule));
    console.log(rule, metrics);
  }
  Object.assign(metrics, await fitted(encoder, { clinc, banking }));
  Object.assign(metrics, await fitSpeed(encoder, clinc), await decisionSpeed(encoder, clinc));
  await encoder.close?.();
  return metrics;
}

interface Sets {
  readonly clinc: Split;
  readonly banking: Split;
}

/** Without a fit: accuracy of the best candidate, texts of none, calibration. */
async function unfitted(
  encoder: Encoder,
  { clinc, banking }: Sets,
  rule: DecisionRule,
): Promise<Record<string, number>> {
  const suffix = rule === 'blend' ? '' : `_${rule.replaceAll('-', '_')}`;
  const few = { clinc: [] as number[], banking: [] as number[], auroc: [] as number[], ece: [] as number[] };
  for (const seed of SEEDS) {
    const small = await outcomeOf(encoder, clinc, { rule, shots: 10, seed });
    const other = await outcomeOf(encoder, banking, { rule, shots: 10, seed });
    few.clinc.push(small.accuracy);
    few.banking.push(other.accuracy);
    few.auroc.push(small.auroc);
    few.ece.push(small.ece, other.ece);
  }
  const full = await outcomeOf(encoder, clinc, { rule });
  const fullBanking = await outcomeOf(encoder, banking, { rule });
  return {
    [`clinc_10shot${suffix}`]: percent(mean(few.clinc)),
    [`clinc_full${suffix}`]: percent(full.accuracy),
    [`banking_10shot${suffix}`]: percent(mean(few.banking)),
    [`banking_full${suffix}`]: percent(fullBanking.accuracy),
    [`clinc_oos_auroc_10shot${suffix}`]: percent(mean(few.auroc)),
    [`clinc_oos_auroc_full${suffix}`]: percent(full.auroc),
    [`clinc_oos_recall_full${suffix}`]: percent(full.outOfScopeRecall),
    [`clinc_inscope_full${suffix}`]: percent(full.inScope),
    [`ece_10shot${suffix}`]: round(mean(few.ece), 4),
  };
}

async function fitted(encoder: Encoder, { clinc, banking }: Sets): Promise<Record<string, number>> {
  const few = { clinc: [] as number[], banking: [] as number[], ece: [] as number[] };
  for (const seed of SEEDS) {
    const small = await outcomeOf(encoder, clinc, { shots: 10, seed, fit: { seed } });
    const other = await outcomeOf(encoder, banking, { shots: 10, seed, fit: { seed } });
    few.clinc.push(small.accuracy);
    few.banking.push(other.accuracy);
    few.ece.push(small.ece, other.ece);
  }
  const full = await outcomeOf(encoder, clinc, { fit: {} });
  const fullBanking = await outcomeOf(encoder, banking, { fit: {} });
  const taught = await outcomeOf(encoder, clinc, { fit: { samples: [...clinc.val, ...clinc.outOfScopeVal] } });
  const careful = await outcomeOf(encoder, clinc, { fit: { maxErrorRate: 0.05 } });
  const carefulBanking = await outcomeOf(encoder, banking, { fit: { maxErrorRate: 0.05 } });
  return {
    clinc_10shot_fit: percent(mean(few.clinc)),
    banking_10shot_fit: percent(mean(few.banking)),
    ece_10shot_fit: round(mean(few.ece), 4),
    clinc_full_fit: percent(full.accuracy),
    banking_full_fit: percent(fullBanking.accuracy),
    clinc_oos_auroc_full_fit: percent(full.auroc),
    clinc_inscope_full_fit_with_oos_samples: percent(taught.inScope),
    clinc_oos_recall_full_fit_with_oos_samples: percent(taught.outOfScopeRecall),
    clinc_error_at_max_5: percent(careful.errorRate),
    clinc_coverage_at_max_5: percent(careful.coverage),
    banking_error_at_max_5: percent(carefulBanking.errorRate),
    banking_coverage_at_max_5: percent(carefulBanking.coverage),
  };
}

interface Setting {
  readonly rule?: DecisionRule;
  readonly shots?: number;
  readonly seed?: number;
  readonly fit?: FitOptions;
}

interface Outcome {
  readonly accuracy: number;
  readonly inScope: number;
  readonly outOfScopeRecall: number;
  readonly auroc: number;
  readonly ece: number;
  readonly coverage: number;
  readonly errorRate: number;
}

async function outcomeOf(encoder: Encoder, split: Split, setting: Setting): Promise<Outcome> {
  const router = await openOn(encoder, split.train, setting);
  if (setting.fit) await router.fit(setting.fit);
  const decisions = await router.queryMany(split.test.map(({ text }) => text));
  const none = await router.queryMany(split.outOfScopeTest.map(({ text }) => text));
  await router.close();
  const routes = split.test.map(({ route }) => route);
  const share = (holds: (decision: Decision, i: number) => boolean): number =>
    decisions.filter(holds).length / routes.length;
  const answered = share(({ route }) => route !== null);
  const inScope = share(({ route }, i) => route === routes[i]);
  return {
    accuracy: share((decision, i) => decision.candidates[0]?.route === routes[i]),
    inScope,
    outOfScopeRecall: none.filter(({ route }) => route === null).length / none.length,
    auroc: auroc(decisions.map(bestScore), none.map(bestScore)),
    ece: calibrationError(decisions, routes),
    coverage: answered,
    errorRate: (answered - inScope) / answered,
  };
}

async function openOn(
  encoder: Encoder,
  train: readonly Sample[],
  { rule = 'blend', shots = Infinity, seed = 1 }: Setting,
): Promise<Router> {
  const random = createRandom(seed);
  const router = await openRouter({ encoder, storage: createMemoryStorage(), rule });
  for (const [name, texts] of groupByRoute(train)) {
    const drawn = texts
      .map(({ text }) => ({ text, place: random() }))
      .toSorted((a, b) => a.place - b.place)
      .slice(0, shots);
    await router.addRoute({ name, utterances: drawn.map(({ text }) => text) });
  }
  return router;
}

function groupByRoute(samples: readonly Sample[]): ReadonlyMap<string, readonly Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const group = groups.get(sample.route as string) ?? [];
    group.push(sample);
    groups.set(sample.route as string, group);
  }
  return groups;
}

/** Milliseconds of fitting 150 routes of 20 utterances, cross-validation and all: the least of three. */
async function fitSpeed(encoder: Encoder, { train }: Split): Promise<Record<string, number>> {
  const router = await openOn(encoder, train, { shots: 20 });
  await router.query('once, so that statistics are there');
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await router.fit();
    times.push(performance.now() - start);
  }
  await router.close();
  return { fit_ms_150x20: round(Math.min(...times), 0) };
}

/** Microseconds of one query of 150 routes of 100 utterances, everything after the encoder. */
async function decisionSpeed(encoder: Encoder, { train, val }: Split): Promise<Record<string, number>> {
  const router = await openOn(encoder, train, {});
  const texts = val.slice(0, 600).map(({ text }) => text);
  await router.queryMany(texts);
  const times: number[] = [];
  for (const text of texts) {
    const start = performance.now();
    await router.query(text);
    times.push((performance.now() - start) * 1000);
  }
  await router.close();
  return { decide_us_p50: round(quantile(times.slice(100), 0.5), 0), decide_us_min: round(Math.min(...times), 0) };
}

/** The encoder with its vectors remembered: the same texts are asked again and again, and only decisions are measured. */
function remembering(encoder: Encoder): Encoder {
  const known = new Map<string, Float32Array>();
  return {
    ...encoder,
    async encode(texts, options) {
      const missing = texts.filter((text) => !known.has(text));
      if (missing.length > 0) {
        const { vectors } = await encoder.encode(missing, options);
        for (const [i, text] of missing.entries()) {
          known.set(text, vectors.slice(i * encoder.dimensions, (i + 1) * encoder.dimensions));
        }
      }
      const vectors = new Float32Array(texts.length * encoder.dimensions);
      for (const [i, text] of texts.entries()) vectors.set(known.get(text) as Float32Array, i * encoder.dimensions);
      return { vectors };
    },
  };
}

function bestScore({ candidates }: Decision): number {
  return Math.max(...candidates.map(({ score }) => score));
}

/** The chance that a text of a route scores above a text of none. */
function auroc(inScope: readonly number[], none: readonly number[]): number {
  if (none.length === 0) return NaN;
  const sorted = inScope.toSorted((a, b) => a - b);
  let above = 0;
  for (const score of none) {
    const [from, to] = [lowerBound(sorted, score), lowerBound(sorted, score + 1e-12)];
    above += sorted.length - to + (to - from) / 2;
  }
  return above / (sorted.length * none.length);
}

function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function calibrationError(decisions: readonly Decision[], routes: readonly (string | null)[]): number {
  const bins = Array.from({ length: BINS }, () => 0);
  for (const [i, { confidence, candidates }] of decisions.entries()) {
    const bin = Math.min(BINS - 1, Math.floor((confidence ?? 0) * BINS));
    bins[bin] = (bins[bin] as number) + (confidence ?? 0) - (candidates[0]?.route === routes[i] ? 1 : 0);
  }
  return bins.reduce((sum, difference) => sum + Math.abs(difference), 0) / decisions.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): number {
  return round(100 * share, 1);
}
