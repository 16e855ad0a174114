/**
 * How long one turn of the event loop lasts while statistics are made anew: after opening, after a twentieth of the
 * utterances is new, and after `reload()`. Beside each longest turn stands what processors spent in it, threads of the
 * runtime included: on a busy machine the lesser of the two is nearer to what the turn cost.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFunctionEncoder, openRouter, type Router } from 'synaptoroute/node';
import { createRandom, quantile, round, type Metrics } from './measure.ts';

const SIZES = [
  { routes: 1_000, utterances: 10 },
  { routes: 3_000, utterances: 3 },
];
const ROUNDS = 5;
const NEW_SHARE = 1 / 20;
const DIMENSIONS = 384;
const WORDS = 3_000;
const WORDS_A_TEXT = 9;

export async function run(): Promise<Metrics> {
  const metrics: Record<string, number> = {};
  for (const { routes, utterances } of SIZES) {
    const seen = await measure(routes, utterances);
    for (const [name, value] of Object.entries(summaryOf(seen))) metrics[`${name}_${routes}x${utterances}`] = value;
  }
  return metrics;
}

interface Turn {
  readonly ms: number;
  readonly cpuMs: number;
}

interface Watched {
  /** From the call to its answer. */
  readonly ms: number;
  readonly turns: readonly Turn[];
}

type Phase = 'first_query' | 'change' | 'query_after_change' | 'routes_after_change' | 'reload' | 'query_after_reload';

async function measure(routes: number, utterances: number): Promise<ReadonlyMap<Phase, readonly Watched[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'synaptoroute-turns-'));
  const text = createTexts();
  const seen = new Map<Phase, Watched[]>();
  const watch = async (phase: Phase, act: () => Promise<unknown>): Promise<void> => {
    const watched = await watchTurns(act);
    seen.set(phase, [...(seen.get(phase) ?? []), watched]);
  };
  try {
    const path = join(folder, 'routes.db');
    await fill(path, routes, utterances, text);
    for (let i = 0; i < ROUNDS; i++) {
      const router = await openRouter({ encoder: ENCODER, storage: path });
      const change = async (): Promise<void> => {
        await addSome(router, routes, Math.ceil(routes * utterances * NEW_SHARE), text);
        await router.flush();
      };
      await watch('first_query', () => router.query(text()));
      await watch('change', change);
      await watch('query_after_change', () => router.query(text()));
      await change();
      await watch('routes_after_change', () => router.routes());
      await watch('reload', () => router.reload());
      await watch('query_after_reload', () => router.query(text()));
      await router.close();
    }
    return seen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summaryOf(seen: ReadonlyMap<Phase, readonly Watched[]>): Record<string, number> {
  const summary: Record<string, number> = {};
  for (const [phase, rounds] of seen) {
    const turns = rounds.map((watched) => watched.turns);
    const longest = turns.map((some) => Math.max(...some.map(({ ms }) => ms)));
    const ofProcessor = turns.map((some) => Math.max(...some.map((turn) => Math.min(turn.ms, turn.cpuMs))));
    summary[`${phase}_longest_turn_ms`] = round(Math.max(...longest), 1);
    summary[`${phase}_longest_turn_ms_p50`] = round(quantile(longest, 0.5), 1);
    summary[`${phase}_longest_turn_cpu_ms`] = round(Math.max(...ofProcessor), 1);
    summary[`${phase}_ms`] = round(
      quantile(
        rounds.map(({ ms }) => ms),
        0.5,
      ),
      0,
    );
  }
  return summary;
}

/** Every turn of the event loop until the act is over. */
async function watchTurns(act: () => Promise<unknown>): Promise<Watched> {
  const turns: Turn[] = [];
  let isOver = false;
  let [last, lastCpu] = [performance.now(), cpuMs()];
  const start = last;
  const ticking = new Promise<void>((resolve) => {
    const tick = (): void => {
      const [now, cpu] = [performance.now(), cpuMs()];
      turns.push({ ms: now - last, cpuMs: cpu - lastCpu });
      [last, lastCpu] = [now, cpu];
      if (isOver) resolve();
      else setImmediate(tick);
    };
    setImmediate(tick);
  });
  await act();
  const ms = performance.now() - start;
  isOver = true;
  await ticking;
  return { ms, turns };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Words to pseudo-random directions, a text to their sum: some microseconds each, so that none of it is a turn. */
const ENCODER = createFunctionEncoder({
  id: 'words',
  dimensions: DIMENSIONS,
  defaultThreshold: 0.4,
  norm: 'scale',
  encode: async (texts) => texts.map(vectorOf),
});

const directions = new Map<string, Float32Array>();

function directionOf(word: string): Float32Array {
  const known = directions.get(word);
  if (known) return known;
  let seed = 7;
  for (let i = 0; i < word.length; i++) seed = Math.imul(seed ^ word.charCodeAt(i), 16_777_619);
  const random = createRandom(seed);
  const direction = Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  directions.set(word, direction);
  return direction;
}

function vectorOf(text: string): Float32Array {
  const sum = new Float32Array(DIMENSIONS);
  for (const word of text.split(' ')) {
    const direction = directionOf(word);
    for (let d = 0; d < DIMENSIONS; d++) sum[d] = (sum[d] as number) + (direction[d] as number);
  }
  return sum;
}

/** Texts of seeded words, few of them frequent, as in a language; each with a number, so that none comes twice. */
function createTexts(): () => string {
  const random = createRandom(5);
  const syllables = 'ba|ce|di|fo|gu|ka|le|mi|no|pu|ra|se|ti|vo|wu|za'.split('|');
  const words = Array.from({ length: WORDS }, () =>
    Array.from({ length: 2 + Math.floor(random() * 2) }, () => syllables[Math.floor(random() * 16)]).join(''),
  );
  let count = 0;
  return () =>
    `${Array.from({ length: WORDS_A_TEXT }, () => words[Math.floor(random() ** 2 * WORDS)]).join(' ')} ${count++}`;
}

async function fill(path: string, routes: number, utterances: number, text: () => string): Promise<void> {
  const router = await openRouter({ encoder: ENCODER, storage: path });
  await Promise.all(
    Array.from({ length: routes }, (_, i) =>
      router.addRoute({ name: `route-${i}`, utterances: Array.from({ length: utterances }, text) }),
    ),
  );
  await router.close();
}

/** So many new utterances, in as few routes as take one each. */
async function addSome(router: Router, routes: number, count: number, text: () => string): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => router.addUtterances(`route-${i % routes}`, [text()])));
}
