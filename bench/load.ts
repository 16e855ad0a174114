/**
 * What the router does under load, native: 2,000 queries at once against 5,000 vectors; then an open loop at half and at
 * double the measured capacity, where a bounded queue must shed and nothing may be lost.
 */

import { createEncoder, openRouter, RouterError, type Encoder, type Router } from 'synaptoroute/node';
import { createPicker, createRandom, quantile, round, timeEach, type Metrics } from './measure.ts';

const ROUTES = 50;
const UTTERANCES = 100;
const QUERIES = 2_000;
const ROUNDS = 7;
/** In which the encoder is tried alone; the best counts. */
const BATCH_SIZES = [16, 32, 64];
const LOOP_SECONDS = 4;
/** Small enough to fill within the loop. */
const MAX_QUEUE_SIZE = 500;

export async function run(): Promise<Metrics> {
  const encoder = await createEncoder({ device: 'native' });
  const texts = sentences(ROUTES * UTTERANCES + QUERIES);
  const utterances = texts.slice(0, ROUTES * UTTERANCES);
  const queries = texts.slice(ROUTES * UTTERANCES);
  const router = await openRouter({ encoder });
  const bounded = await openRouter({ encoder, batch: { maxQueueSize: MAX_QUEUE_SIZE } });
  for (const each of [router, bounded]) {
    await addRoutes(each, utterances);
    // The first decision after so many changes makes statistics anew.
    await each.query(queries[0] as string);
  }

  const sequentialMs = await timeEach(400, 100, (i) => router.query(queries[i % QUERIES] as string));
  const lone = (await router.status()).batching.waitMs?.p50 ?? NaN;
  // In turn, so that what else the machine does meets both.
  const rounds: Load[] = [];
  const batchMs = new Map(BATCH_SIZES.map((size) => [size, [] as number[]]));
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push(await askAtOnce(router, queries));
    for (const [size, times] of batchMs) times.push(...(await timeBatches(encoder, queries, size)));
  }
  const best = rounds.toSorted((a, b) => b.perSecond - a.perSecond)[ROUNDS >> 1] as Load;
  const encoderPerSecond = Math.max(...Array.from(batchMs, ([size, times]) => (size / quantile(times, 0.5)) * 1000));

  const half = await openLoop(bounded, queries, best.perSecond / 2);
  const double = await openLoop(bounded, queries, best.perSecond * 2);
  await router.close();
  await bounded.close();
  await encoder.close?.();
  const sequential = 1000 / quantile(sequentialMs, 0.5);
  return {
    queries_per_s: round(best.perSecond, 0),
    p50_ms: round(best.p50),
    p99_ms: round(best.p99),
    sequential_queries_per_s: round(sequential, 0),
    ratio_to_sequential: round(best.perSecond / sequential),
    encoder_texts_per_s: round(encoderPerSecond, 0),
    ratio_to_encoder: round(best.perSecond / encoderPerSecond),
    lone_query_extra_wait_ms: round(lone),
    lost: rounds.reduce((sum, { lost }) => sum + lost, 0) + half.lost + double.lost,
    half_load_p50_ms: round(half.p50),
    half_load_p99_ms: round(half.p99),
    shed_at_half_load: half.shed,
    double_load_accepted_per_s: round(double.perSecond, 0),
    double_load_p99_ms: round(double.p99),
    // A query that is let in waits for those that have no answer yet, at the throughput of that moment; this is the mean's.
    double_load_bound_ms: round((MAX_QUEUE_SIZE / double.perSecond) * 1000),
    double_load_most_answers_before_own: double.mostBefore,
    max_queue_size: MAX_QUEUE_SIZE,
    shed_at_double_load: double.shed,
  };
}

interface Load {
  /** Answers a second. */
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly shed: number;
  /** The most answers that others got while an answered query waited for its own. */
  readonly mostBefore: number;
  /** Neither answered nor refused with a code. */
  readonly lost: number;
}

interface Outcome {
  readonly ms: number;
  readonly result: 'answered' | 'shed' | 'lost';
  /** Answers that others got in the meantime. */
  readonly before: number;
}

let answers = 0;

async function ask(router: Router, text: string): Promise<Outcome> {
  const start = performance.now();
  const answersAtStart = answers;
  const end = (result: Outcome['result']): Outcome => ({
    ms: performance.now() - start,
    result,
    before: answers - answersAtStart,
  });
  try {
    const { candidates } = await router.query(text);
    const outcome = end(candidates.length === ROUTES ? 'answered' : 'lost');
    answers++;
    return outcome;
  } catch (error) {
    return end(error instanceof RouterError && error.code === 'QUEUE_FULL' ? 'shed' : 'lost');
  }
}

async function askAtOnce(router: Router, queries: readonly string[]): Promise<Load> {
  const start = performance.now();
  const outcomes = await Promise.all(queries.map((text) => ask(router, text)));
  return toLoad(outcomes, queries.length, performance.now() - start);
}

/** Queries at seeded random moments, as many a second on average, whether or not the earlier ones are answered. */
async function openLoop(router: Router, queries: readonly string[], perSecond: number): Promise<Load> {
  const random = createRandom(11);
  const asked: Promise<Outcome>[] = [];
  const start = performance.now();
  let next = 0;
  while (next < LOOP_SECONDS * 1000) {
    const now = performance.now() - start;
    while (next <= now && next < LOOP_SECONDS * 1000) {
      asked.push(ask(router, queries[asked.length % queries.length] as string));
      next += (-Math.log(1 - random()) / perSecond) * 1000;
    }
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  const outcomes = await Promise.all(asked);
  return toLoad(outcomes, asked.length, performance.now() - start);
}

function toLoad(outcomes: readonly Outcome[], asked: number, ms: number): Load {
  const count = (result: Outcome['result']): number => outcomes.filter((outcome) => outcome.result === result).length;
  const answered = outcomes.filter(({ result }) => result === 'answered');
  const times = answered.map((outcome) => outcome.ms);
  return {
    perSecond: (times.length / ms) * 1000,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    shed: count('shed'),
    mostBefore: Math.max(...answered.map(({ before }) => before)),
    lost: count('lost') + asked - outcomes.length,
  };
}

/** The encoder alone on the same texts. */
async function timeBatches(encoder: Encoder, texts: readonly string[], size: number): Promise<readonly number[]> {
  const batch = (i: number): readonly string[] => texts.slice((i * size) % (QUERIES - size)).slice(0, size);
  return timeEach(320 / size, 2, (i) => encoder.encode(batch(i)));
}

async function addRoutes(router: Router, utterances: readonly string[]): Promise<void> {
  const routes = Array.from({ length: ROUTES }, (_, i) => ({
    name: `route-${i}`,
    utterances: utterances.slice(i * UTTERANCES, (i + 1) * UTTERANCES),
  }));
  await Promise.all(routes.map((route) => router.addRoute(route)));
}

/** Distinct everyday sentences of 6 to 14 words, seeded. */
function sentences(count: number): string[] {
  const pick = createPicker(createRandom(3));
  const texts = new Set<string>();
  while (texts.size < count) {
    texts.add(
      [
        pick('Please|Can you|Could you|I want to|Help me to|How do I|Why can I not'),
        pick('change|cancel|find|check|move|return|pay|book|confirm|extend'),
        pick('my|the|our|that|this'),
        pick('new|last|blue|small|second|') + pick(' order| flight| bill| card| table| account| parcel| ticket| room'),
        pick('for|from|before|after|on'),
        pick('next|last|this'),
        pick('week|Friday|month|June|Monday|year|weekend'),
        pick('|at the airport|with my other phone|by bank transfer|in the app|for two people|since it is late'),
      ]
        .join(' ')
        .trim(),
    );
  }
  return [...texts];
}
