/** What a query costs end to end in Node, native and WASM, alone and in batches of 32, and from a cold start. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { createEncoder, openRouter, type Encoder, type Router } from 'synaptoroute/node';
import { createPicker, createRandom, quantile, round, timeEach, type Metrics } from './measure.ts';

const TOKENS = 10;
const BATCH = 32;
const ROUNDS = 5;

const ROUTES = [
  { name: 'billing', utterances: ['I need a refund', 'Where is my receipt?', 'Cancel my subscription'] },
  { name: 'hours', utterances: ['When do you open?', 'Are you open on Sunday?', 'What are your opening hours?'] },
  { name: 'tech-support', utterances: ['The app crashes on start', 'I cannot log in', 'My screen stays black'] },
];

interface Subject {
  readonly router: Router;
  readonly encoder: Encoder;
  readonly queryMs: number[];
  readonly encodeMs: number[];
  readonly batchMs: number[];
}

export async function run(): Promise<Metrics> {
  const texts = tenTokenTexts(640);
  const native = await openSubject('native');
  const wasm = await openSubject('wasm');
  // In alternation, so that a noisy minute on the machine hits both.
  for (let i = 0; i < ROUNDS; i++) for (const subject of [native, wasm]) await measure(subject, texts);
  for (const { router, encoder } of [native, wasm]) {
    await router.close();
    await encoder.close?.();
  }
  const firstDecisions = Array.from({ length: 5 }, firstDecisionMs);
  return {
    ...report(native, ''),
    ...report(wasm, '_wasm'),
    first_decision_ms: round(quantile(firstDecisions, 0.5), 0),
    first_decision_ms_min: round(Math.min(...firstDecisions), 0),
    tokens_per_text: TOKENS,
  };
}

async function openSubject(device: 'native' | 'wasm'): Promise<Subject> {
  const encoder = await createEncoder({ device });
  const router = await openRouter({ encoder });
  for (const route of ROUTES) await router.addRoute(route);
  return { router, encoder, queryMs: [], encodeMs: [], batchMs: [] };
}

async function measure(
  { router, encoder, queryMs, encodeMs, batchMs }: Subject,
  texts: readonly string[],
): Promise<void> {
  const text = (i: number): string => texts[i % texts.length] as string;
  const batch = (i: number): string[] => Array.from({ length: BATCH }, (_, j) => text(i * BATCH + j));
  queryMs.push(...(await timeEach(200, 50, (i) => router.query(text(i)))));
  // The floor: the same texts through the encoder alone.
  encodeMs.push(...(await timeEach(200, 50, (i) => encoder.encode([text(i)]))));
  batchMs.push(...(await timeEach(15, 5, (i) => router.queryMany(batch(i)))));
}

function report({ queryMs, encodeMs, batchMs }: Subject, suffix: string): Metrics {
  return {
    [`query_ms_p50${suffix}`]: round(quantile(queryMs, 0.5)),
    [`query_ms_min${suffix}`]: round(Math.min(...queryMs)),
    [`encoder_alone_ms_p50${suffix}`]: round(quantile(encodeMs, 0.5)),
    [`texts_per_s_batch32${suffix}`]: round((BATCH / quantile(batchMs, 0.5)) * 1000, 0),
    [`texts_per_s_batch32_best${suffix}`]: round((BATCH / Math.min(...batchMs)) * 1000, 0),
  };
}

/** From the import of the built package to the first decision, in a process of its own; Node's own start not counted. */
function firstDecisionMs(): number {
  const script = `
    const start = performance.now();
    const { openRouter } = await import('synaptoroute/node');
    const router = await openRouter();
    await router.addRoute(${JSON.stringify(ROUTES[0])});
    const { route } = await router.query('How do I get my money back?');
    if (route !== 'billing') throw new Error('got ' + route);
    console.log(performance.now() - start);
    await router.close();`;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd }).toString());
}

/** Distinct everyday sentences of exactly ten tokens, seeded. */
function tenTokenTexts(count: number): string[] {
  const definition = JSON.parse(
    readFileSync(new URL('../models/use-lite/tokenizer.json', import.meta.url), 'utf8'),
  ) as object;
  const tokenizer = new Tokenizer(definition, {});
  const pick = createPicker(createRandom(7));
  const texts = new Set<string>();
  while (texts.size < count) {
    const text = `${pick('Please|Can you|Could you|I want to|Help me to|How do I')} ${pick('change|cancel|find|check|move|return|pay|book')} ${pick('my|the|our|that|this')} ${pick('order|flight|bill|card|table|account|parcel|ticket')} ${pick('for|from|before|after|on')} ${pick('next|last|this')} ${pick('week|Friday|month|June|Monday|year')}${pick('?|.| please| now| today')}`;
    if (tokenizer.encode(text).ids.length === TOKENS) texts.add(text);
  }
  return [...texts];
}
