/**
 * Hostile values for every public entry point: each call must settle, with an answer or a `RouterError` of a known code,
 * nothing may be rejected that nobody handles, and the router must go on answering as a fresh one. One run is one call.
 */

import { createMemoryStorage, openRouter, RouterError, type LocalRouter, type Router } from 'synaptoroute';
import { createRandom } from '../../bench/measure.ts';
import { createHashEncoder } from '../support/encoders.ts';
import { SIDES } from '../support/wire.ts';
import { ENTRIES, type Subject } from './inputs/entries.ts';
import { createDraw, spoil, TEXTS } from './inputs/values.ts';
import type { FuzzOptions, FuzzReport, FuzzSuite } from './suite.ts';

export const suite: FuzzSuite = { shortRuns: 3000, longRuns: 30_000, run };

const PROBE_EVERY = 100;
const SETTLES_WITHIN_MS = 20_000;
const CODES = new Set<string>(
  (
    'INVALID_ROUTE INVALID_QUERY INVALID_OPTION ROUTE_NOT_FOUND ROUTE_EXISTS QUEUE_FULL ABORTED TIMEOUT CLOSED WORKER_LOST ' +
    'LEADER_CHANGED ENCODER_FAILED ENCODER_MISMATCH MODEL_LOAD_FAILED STORAGE_FAILED STORAGE_CORRUPT CAPACITY UNSUPPORTED'
  ).split(' '),
);
const ROUTES = [
  {
    name: 'billing',
    utterances: ['refund my money', 'pay the bill', 'an invoice is wrong'],
    negatives: ['bill gates'],
  },
  { name: 'parcels', utterances: ['where is my parcel', 'send it back', 'track the order'], threshold: 0.3 },
  { name: 'weather', utterances: ['will it rain', 'is it warm today'], metadata: { team: 'sky' } },
];
const PROBES = ['refund', 'where is it', 'rain today', 'bill gates', 'nothing at all', ''];

async function run({ seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const random = createRandom(seed);
  const draw = createDraw(random);
  const faults: string[] = [];
  const counts: Record<string, number> = { calls: 0, answered: 0, refused: 0, probes: 0, texts: 0, unhandled: 0 };
  const note = (error: unknown): void => {
    counts['unhandled'] = (counts['unhandled'] ?? 0) + 1;
    faults.push(`seed ${seed}, call ${counts['calls']}: nobody handled ${describe(error)}`);
  };
  process.on('unhandledRejection', note);
  const subjects = await Promise.all(SIDES.map(openSubject));
  try {
    const before = await Promise.all(subjects.map(({ router }) => probe(router)));
    for (let call = 1; call <= runs; call++) {
      counts['calls'] = call;
      const at = call % subjects.length;
      const subject = subjects[at] as Subject;
      const entry = draw(ENTRIES);
      const args = [...entry.good(subject)];
      const place = Math.floor(random() * args.length);
      args[place] = spoil(args[place], draw, random);
      const outcome = await judge(() => entry.call(subject, args as never[]));
      counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1;
      if (outcome.kind === 'fault') faults.push(`seed ${seed}, call ${call}, ${entry.name}: ${outcome.what}`);
      if (call % 1000 === 0) log(`${call} calls, ${faults.length} faults, the latest: ${faults.at(-1) ?? 'none'}`);
      if (call % PROBE_EVERY > 1) continue;
      counts['probes'] = (counts['probes'] ?? 0) + 1;
      const different = await compare(subject, before[at] as string);
      if (different) faults.push(`seed ${seed}, before call ${call}: ${different}`);
    }
    await askLongTexts(subjects[0] as Subject, runs > suite.shortRuns ? 1e7 : 1e5, faults, counts);
  } finally {
    await Promise.all(subjects.map(({ router }) => router.close()));
    await new Promise((resolve) => void setImmediate(resolve));
    process.off('unhandledRejection', note);
  }
  return { counts, faults };
}

async function openSubject({ open, side }: (typeof SIDES)[number]): Promise<Subject> {
  const router = await open({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  for (const route of ROUTES) await router.addRoute(route);
  const local =
    side === 'in process'
      ? (router as LocalRouter)
      : await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  return { local, router, file: await router.exportFile() };
}

interface Outcome {
  readonly kind: 'answered' | 'refused' | 'fault';
  readonly what?: string;
}

/** What becomes of a call, within a bound. */
async function judge(act: () => unknown): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'fault', what: 'it did not settle' }), SETTLES_WITHIN_MS);
  });
  const called = (async (): Promise<Outcome> => {
    try {
      const answer = await act();
      // Storage that fails here is told by the receipt, and to those who look at it alone.
      const { durable } = (answer ?? {}) as { readonly durable?: Promise<void> };
      await durable;
      return { kind: 'answered' };
    } catch (error) {
      return toOutcome(error);
    }
  })();
  try {
    return await Promise.race([called, late]);
  } finally {
    clearTimeout(timer);
  }
}

function toOutcome(error: unknown): Outcome {
  try {
    if (error instanceof RouterError && CODES.has(error.code) && error.message !== '') return { kind: 'refused' };
  } catch {
    // No RouterError is a proxy.
  }
  return { kind: 'fault', what: describe(error) };
}

function describe(error: unknown): string {
  try {
    return String(
      error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''}: ${error.message}` : error,
    ).slice(0, 300);
  } catch {
    return 'a value without a text';
  }
}

/** Whether the router answers as a fresh one of its routes, and, with its first routes again, as before. */
async function compare(subject: Subject, before: string): Promise<string | undefined> {
  const { router, local, file } = subject;
  await router.dropFit();
  const fresh = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  try {
    if (router === local) await local.setEncoder(createHashEncoder());
    for (const { name, utterances, negatives, metadata, threshold, thresholdFrom } of await router.routes()) {
      await fresh.addRoute({
        name,
        utterances,
        ...(negatives && { negatives }),
        ...(metadata && { metadata }),
        ...(thresholdFrom === 'route' && { threshold }),
      });
    }
    if ((await probe(router)) !== (await probe(fresh))) return 'it answers otherwise than a fresh router';
    await router.importFile(file);
    return (await probe(router)) === before ? undefined : 'it answers otherwise than at first';
  } finally {
    await fresh.close();
  }
}

async function probe(router: Router): Promise<string> {
  return JSON.stringify([await router.queryMany(PROBES), await router.routes()]);
}

async function askLongTexts(
  { router }: Subject,
  length: number,
  faults: string[],
  counts: Record<string, number>,
): Promise<void> {
  for (const kind of TEXTS) {
    const text = kind.repeat(length / kind.length);
    const calls: readonly (() => unknown)[] = [
      () => router.query(text),
      () => router.queryMany([text]),
      () => router.explain(text),
      () => router.addUtterances('billing', [text]),
      () => router.addRoute({ name: text, utterances: ['x'] }),
      () => router.setThreshold('billing', text as never),
    ];
    for (const call of calls) {
      counts['texts'] = (counts['texts'] ?? 0) + 1;
      const { kind: outcome, what } = await judge(call);
      if (outcome === 'fault') faults.push(`${length} characters of ${JSON.stringify(kind)}: ${what}`);
    }
  }
}
