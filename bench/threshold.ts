/**
 * Where the embedded model's default threshold comes from: routers of 10 of CLINC150's intents with a few
 * utterances each from `train`, asked with `val`: their own intents, the other 140, and `oos_val`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { createEncoder, createMemoryStorage, openRouter, type Decision } from 'synaptoroute/node';
import { createRandom, round, type Metrics } from './measure.ts';

type Sample = readonly [text: string, intent: string];

const ROUTES = 10;
const SEEDS = [1, 2, 3, 4, 5];
const UTTERANCES = [3, 5, 10, 20];
const THRESHOLDS = Array.from({ length: 61 }, (_, i) => 0.3 + i / 100);

/** The data sets lie beside the repository, or where `DATASETS` says. */
const FILE = new URL(`${process.env['DATASETS'] ?? '../../shared/datasets'}/clinc150/data_full.json`, import.meta.url);

export async function run(): Promise<Metrics> {
  if (!existsSync(FILE)) {
    console.log(`skipped: CLINC150 is not at ${FILE.pathname}; set DATASETS to the folder that holds clinc150/`);
    return {};
  }
  const { train, val, oos_val } = JSON.parse(readFileSync(FILE, 'utf8')) as Record<
    'train' | 'val' | 'oos_val',
    Sample[]
  >;
  const encoder = await createEncoder();
  const metrics: Record<string, number> = {};
  const total = THRESHOLDS.map(() => 0);
  for (const count of UTTERANCES) {
    const balanced = THRESHOLDS.map(() => 0);
    for (const seed of SEEDS) {
      const decisions = await decideAll(encoder, train, [...val, ...oos_val], count, seed);
      for (const [i, threshold] of THRESHOLDS.entries()) {
        balanced[i] = (balanced[i] as number) + balancedAccuracy(decisions, threshold) / SEEDS.length;
      }
    }
    for (const [i, value] of balanced.entries()) total[i] = (total[i] as number) + value / UTTERANCES.length;
    Object.assign(metrics, best(balanced, `_${count}_utterances`));
  }
  await encoder.close?.();
  return { ...metrics, ...best(total, '') };
}

interface Outcome {
  readonly inScope: boolean;
  readonly correct: boolean;
  readonly score: number;
}

async function decideAll(
  encoder: Awaited<ReturnType<typeof createEncoder>>,
  train: readonly Sample[],
  asked: readonly Sample[],
  count: number,
  seed: number,
): Promise<Outcome[]> {
  const random = createRandom(seed);
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => [random(), item] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, item]) => item);
  const intents = shuffled([...new Set(train.map(([, intent]) => intent))]).slice(0, ROUTES);
  const router = await openRouter({ encoder, storage: createMemoryStorage(), rule: 'best-utterance' });
  for (const name of intents) {
    const own = shuffled(train.filter(([, intent]) => intent === name)).slice(0, count);
    await router.addRoute({ name, utterances: own.map(([text]) => text), threshold: -1 });
  }
  // The other intents are many; a seeded part of them keeps the two sides of like size.
  const inScope = asked.filter(([, intent]) => intents.includes(intent));
  const outOfScope = shuffled(asked.filter(([, intent]) => !intents.includes(intent))).slice(0, 500);
  const samples = [...inScope, ...outOfScope];
  const decisions: readonly Decision[] = await router.queryMany(samples.map(([text]) => text));
  await router.close();
  return decisions.map(({ route, score }, i) => ({
    inScope: i < inScope.length,
    correct: route === samples[i]?.[1],
    score: score ?? -1,
  }));
}

/** Mean of: in-scope texts that got their own route, out-of-scope texts that got none. */
function balancedAccuracy(outcomes: readonly Outcome[], threshold: number): number {
  const inScope = outcomes.filter((outcome) => outcome.inScope);
  const outOfScope = outcomes.filter((outcome) => !outcome.inScope);
  const right = inScope.filter(({ correct, score }) => correct && score >= threshold).length;
  const refused = outOfScope.filter(({ score }) => score < threshold).length;
  return (right / inScope.length + refused / outOfScope.length) / 2;
}

function best(balanced: readonly number[], suffix: string): Record<string, number> {
  const value = Math.max(...balanced);
  return {
    [`threshold${suffix}`]: round(THRESHOLDS[balanced.indexOf(value)] as number, 2),
    [`balanced_accuracy${suffix}`]: round(value, 4),
  };
}
