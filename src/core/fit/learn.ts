/**
 * Owns the learning of a fit: trains heads, judges every text by one that has not seen it, and sets what depends on that.
 * Changes nothing; all of it is thrown away where it fails. Loaded when something is fitted.
 */

import { thresholdOf, type Calibration } from '../calibration.ts';
import { scoreHead, type Head } from '../head/head.ts';
import { createRandom, trainHead, type TrainingSamples } from '../head/train.ts';
import { fitLogistic } from '../logistic.ts';
import type { Measurement, Probe } from '../measurement.ts';
import type { RouteEntry, RouteTable } from '../route-table.ts';
import { measureOptionsOf, negativeLead, scoreRoutes } from '../scoring.ts';
import { inSlices } from '../slices.ts';
import type { AbortSignalLike, Clock, EmbeddedUtterance } from '../types.ts';
import { hashTexts, type Fit } from './fit.ts';
import { judge, type Judged, type Judgement } from './judge.ts';
import { lexicalPart, logSoftmax } from './preference.ts';
import { reportOf } from './report.ts';
import type { FitFindings } from './types.ts';

/** A text of the position of its route; -1 for one of none. */
export interface LearningSample extends EmbeddedUtterance {
  readonly route: number;
}

export interface LearnOptions {
  readonly calibration: Calibration;
  readonly samples: readonly LearningSample[];
  readonly maxErrorRate: number | undefined;
  readonly folds: number;
  readonly seed: number;
  readonly clock: Clock;
  readonly kernel: 'auto' | 'js';
  readonly signal: AbortSignalLike | undefined;
}

/**
 * Texts of routes that are judged; more change the figures by less than a point and cost a search each. Samples come first:
 * utterances of one route are often variants of each other, and easier to find than what users write.
 */
const ENOUGH_JUDGED = 1_500;
/** About 20 ms for a large router. */
const MEASURED_AT_ONCE = 32;
/** Heads that are only judged see the texts less often: their accuracy is lower by 0.2 points, and a fit takes half the time. */
const JUDGED_EPOCHS = 6;
/**
 * What words weigh beside the log-probability: of 0, 5, 10, 15, 20 and 30 the best or within 0.3 points of it on train
 * slices of CLINC150 and Banking77 at 5, 10 and 20 utterances a route; choosing it for each router by its own few texts loses a point.
 */
const LEXICAL_WEIGHT = 10;
/** A small router is learnt in more rounds: 0.1 to 0.4 points on Banking77 train slices at 5 to 10 utterances a route. */
const SMALL = { rows: 2_000, epochs: 20 };
/** Places of thresholds that are tried where texts of no route are known; 0.5 is the default. */
const TOWARDS = Array.from({ length: 41 }, (_, i) => i / 25);
/** Intercept, score, margin and lead, where hardly a text is there to learn from: the mean of the same routers' fits. */
const PRIOR_CONFIDENCE = [-1.8, 2.3, 21, 0.3];
const PRIOR_STRENGTH = 0.01;

/** Rejects with `ABORTED`, `TIMEOUT`, `CAPACITY`. */
export async function learn(
  table: RouteTable,
  options: LearnOptions,
): Promise<{ readonly fit: Fit; readonly report: FitFindings }> {
  const entries = table.entries();
  const rows = collectRows(table, entries, options.samples);
  const probes = pickJudged(entries, rows, options);
  const measurements = await measureAll(table, entries, probes, options);
  const { head, logits } = await crossTrain(rows, probes, entries.length, options);
  const judged: readonly Judged[] = probes.map(({ route }, i) => {
    const measurement = measurements[i] as Measurement;
    return {
      route,
      scores: scoreRoutes(measurement, 'blend'),
      logProbabilities: logSoftmax(logits[i] as Float32Array),
      lexical: lexicalPart(measurement),
      kept: entries.map((_, r) => negativeLead(measurement, r) > 0),
    };
  });
  const lexicalWeight = LEXICAL_WEIGHT;
  const judgements = judged.map((one) => judge(one, lexicalWeight));
  const confidence = fitLogistic(
    judgements.flatMap(({ route, picked, score, margin, lead }) =>
      route < 0 ? [] : [{ features: [score, margin, lead], outcome: picked === route }],
    ),
    PRIOR_CONFIDENCE,
    PRIOR_STRENGTH,
  );
  const towards = placeThresholds(judgements, entries, options.calibration);
  const names = entries.map(({ name }) => name);
  const utterances = hashTexts(entries.flatMap(({ ids }) => [...ids.keys()]));
  const unlimited: Fit = { routes: names, head, lexicalWeight, towards, minConfidence: 0, confidence, utterances };
  const { minConfidence, report } = reportOf(judgements, judged, unlimited, entries, options);
  return { fit: { ...unlimited, minConfidence }, report };
}

interface Row extends LearningSample {
  readonly id: number | undefined;
}

/** Everything that a head may learn from, then the texts of no route. */
function collectRows(
  table: RouteTable,
  entries: readonly RouteEntry[],
  samples: readonly LearningSample[],
): readonly Row[] {
  const utterances = entries.flatMap(({ ids }, route) =>
    Array.from(ids, ([text, id]) => ({ text, id, route, vector: table.evidence.vectorOf(id) })),
  );
  const sampled = samples.map((sample) => ({ ...sample, id: undefined }));
  return [...utterances, ...sampled];
}

interface JudgedProbe extends Probe {
  readonly route: number;
  readonly row: number;
}

/** Every sample, and as many utterances as are missing to enough, of routes that have another. */
function pickJudged(
  entries: readonly RouteEntry[],
  rows: readonly Row[],
  { seed }: LearnOptions,
): readonly JudgedProbe[] {
  const all = rows.map((row, i) => ({ ...row, row: i }));
  const utterances = all.filter(({ id, route }) => id !== undefined && (entries[route] as RouteEntry).ids.size > 1);
  shuffle(utterances, createRandom(seed));
  const sampled = all.filter(({ id }) => id === undefined);
  const wanted = Math.max(0, ENOUGH_JUDGED - sampled.filter(({ route }) => route >= 0).length);
  const chosen = [...utterances.slice(0, wanted), ...sampled];
  return chosen.map(({ text, vector, route, row, id }) => ({
    text,
    vector,
    route,
    row,
    ...(id !== undefined && { exceptId: id }),
  }));
}

async function measureAll(
  table: RouteTable,
  entries: readonly RouteEntry[],
  probes: readonly Probe[],
  { clock, signal }: LearnOptions,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  await inSlices(probes, MEASURED_AT_ONCE, { clock, signal }, (some) => {
    measurements.push(...table.evidence.measure(some, entries, measureOptionsOf('blend')));
  });
  return measurements;
}

/** The head, and each probe's logits by a head that did not see it. */
async function crossTrain(
  rows: readonly Row[],
  probes: readonly JudgedProbe[],
  labelCount: number,
  { folds: wanted, seed, signal, clock, kernel }: LearnOptions,
): Promise<{ readonly head: Head; readonly logits: readonly Float32Array[] }> {
  const known = [...rows.keys()].filter((row) => (rows[row] as Row).route >= 0);
  const dimensions = (rows[0] as Row).vector.length;
  const vectors = new Float32Array(known.length * dimensions);
  for (const [i, row] of known.entries()) vectors.set((rows[row] as Row).vector, i * dimensions);
  const labels = Int32Array.from(known, (row) => (rows[row] as Row).route);
  const samples: TrainingSamples = { vectors, labels, labelCount, dimensions };
  const training = { seed, clock, kernel, ...(signal && { signal }) };
  const isSmall = known.length <= SMALL.rows;
  const head = await trainHead(samples, { ...training, ...(isSmall && { epochs: SMALL.epochs }) });
  // Each of one text at the least: more would be trained for nothing.
  const folds = Math.min(wanted, known.length);
  const order = [...known];
  shuffle(order, createRandom(seed + 1));
  const foldOfRow = new Map(order.map((row, place) => [row, place % folds]));
  const logits: Float32Array[] = [];
  const scoreWith = (by: Head, fold: number | undefined): void => {
    for (const [i, { row, vector }] of probes.entries()) {
      if (foldOfRow.get(row) !== fold) continue;
      const out = new Float32Array(by.labelCount);
      scoreHead(by, vector, out);
      logits[i] = out;
    }
  };
  // No head learnt from the texts of no route.
  scoreWith(head, undefined);
  for (let fold = 0; fold < folds; fold++) {
    const weights = Float32Array.from(known, (row) => (foldOfRow.get(row) === fold ? 0 : 1));
    if (!weights.includes(1)) continue;
    scoreWith(await trainHead({ ...samples, weights }, { ...training, epochs: JUDGED_EPOCHS }), fold);
  }
  return { head, logits };
}

/** The place of the greatest balanced accuracy: picked rightly and passed, of texts of routes; turned away, of texts of none. */
function placeThresholds(
  judgements: readonly Judgement[],
  entries: readonly RouteEntry[],
  calibration: Calibration,
): number {
  const outOfScope = judgements.filter(({ route }) => route < 0);
  const inScope = judgements.filter(({ route }) => route >= 0);
  if (outOfScope.length === 0 || inScope.length === 0) return 0.5;
  const passes = ({ picked, score, isKept }: Judgement, towards: number): boolean =>
    !isKept && score >= thresholdOf(calibration, entries[picked] as RouteEntry, towards);
  return bestOf(TOWARDS, (towards) => {
    const right = inScope.filter((one) => one.picked === one.route && passes(one, towards)).length / inScope.length;
    const away = outOfScope.filter((one) => !passes(one, towards)).length / outOfScope.length;
    return right + away;
  });
}

/** The first of the choices with the greatest worth. */
function bestOf(choices: readonly number[], worth: (choice: number) => number): number {
  let best = choices[0] as number;
  let greatest = -Infinity;
  for (const choice of choices) {
    const value = worth(choice);
    if (value > greatest) [best, greatest] = [choice, value];
  }
  return best;
}

function shuffle<T>(items: T[], random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
}
