/** The page of the device benchmark: opens a router as it is told to, times it, and gives back plain data. */

import { openRouter, type BrowserRouterOptions, type EncoderStatus, type Router } from 'synaptoroute/browser';
import { startWebgpuWorker } from 'synaptoroute/browser/webgpu';

export interface Reading {
  /** From the call of `openRouter`, which starts the worker. */
  readonly openedMs: number;
  readonly firstDecisionMs: number;
  readonly oneTextMs: number;
  readonly batchMs: number;
  readonly encoder: EncoderStatus;
}

export interface Wanted {
  readonly options: BrowserRouterOptions;
  /** Of one text and of a batch; 0 for the first decision alone. */
  readonly runs: number;
}

declare global {
  var measure: (wanted: Wanted) => Promise<Reading>;
}

const BATCH = 32;
/** For each figure; a GPU that is made of software would take minutes. */
const MOST_MS = 2_500;

globalThis.measure = async ({ options, runs }) => {
  const start = performance.now();
  const isPlain = (options.device ?? 'wasm') === 'wasm';
  const router = await openRouter({ ...options, ...(!isPlain && { worker: startWebgpuWorker }) });
  const openedMs = performance.now() - start;
  await router.addRoute({ name: 'billing', utterances: ['I need a refund', 'Where is my receipt?'] });
  await router.query('How do I get my money back?');
  const firstDecisionMs = performance.now() - start;
  if (options.device === 'auto') await untilMeasured(router);
  const oneTextMs = await leastMs(runs, (i) => router.query(text(i)));
  const batchMs = await leastMs(runs / 4, (i) =>
    router.queryMany(Array.from({ length: BATCH }, (_, j) => text(i * BATCH + j))),
  );
  const { encoder } = await router.status();
  await router.close();
  return { openedMs, firstDecisionMs, oneTextMs, batchMs, encoder };
};

/** The shape of what `auto` measures: about ten tokens. */
function text(i: number): string {
  return `Could you please help me to change order number ${i % 1000}?`;
}

async function leastMs(count: number, step: (i: number) => Promise<unknown>): Promise<number> {
  let least = Infinity;
  const end = performance.now() + MOST_MS;
  for (let i = 0; i < count && performance.now() < end; i++) {
    const start = performance.now();
    await step(i);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

async function untilMeasured(router: Router): Promise<void> {
  for (;;) {
    const { encoder } = await router.status();
    if (!encoder.note?.includes('being measured')) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}
