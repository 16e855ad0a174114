/** Owns one load test: asks everything at once, counts what comes back, and looks at the router meanwhile. Shows nothing. */

import type { Router } from 'synaptoroute/browser';
import { isFatal, toFailure, type Failure } from '../engine.ts';
import { eachInSlices } from '../yielding.ts';

export interface LoadReading {
  readonly asked: number;
  readonly answered: number;
  readonly refused: number;
  readonly elapsedMs: number;
  /** From each question to its answer, in the order of the answers. */
  readonly latencies: Float64Array;
  /** Answered in each step of `STEP_MS` since the start. */
  readonly answeredBy: readonly number[];
  /** Waiting in the router's queue, at each look. */
  readonly queued: readonly number[];
  /** Encoder runs of this test by how many queries they took. */
  readonly runs: readonly number[];
}

export interface LoadRun {
  readonly reading: () => LoadReading;
  /** Resolves when every query has an end; with why it broke off, where it did. */
  readonly done: Promise<Failure | undefined>;
  readonly cancel: () => void;
}

export const STEP_MS = 100;
/** Queries that one signal ends: thousands that end at once would hold up the page. */
const ENDED_TOGETHER = 50;

export function startLoadRun(router: Router, texts: readonly string[]): LoadRun {
  const latencies = new Float64Array(texts.length);
  const answeredBy: number[] = [];
  const queued: number[] = [];
  const aborts = Array.from({ length: Math.ceil(texts.length / ENDED_TOGETHER) }, () => new AbortController());
  let [asked, answered, refused] = [0, 0, 0];
  let baseline: readonly number[] | undefined;
  let runs: readonly number[] = [];
  let failure: Failure | undefined;
  let isOver = false;
  let isCancelled = false;
  let startedAt = performance.now();
  let endedAt: number | undefined;

  async function ask(text: string, i: number): Promise<void> {
    if (isCancelled) return;
    asked++;
    const askedAt = performance.now();
    const { signal } = aborts[Math.floor(i / ENDED_TOGETHER)] as AbortController;
    try {
      await router.query(text, { signal });
      const now = performance.now();
      latencies[answered++] = now - askedAt;
      const step = Math.floor((now - startedAt) / STEP_MS);
      while (answeredBy.length <= step) answeredBy.push(0);
      answeredBy[step] = (answeredBy[step] as number) + 1;
    } catch (error) {
      if (isCancelled) return;
      refused++;
      failure ??= toFailure(error);
      if (isFatal(error)) cancel();
    }
  }

  async function look(): Promise<void> {
    const { batching, queued: waiting } = await router.status();
    baseline ??= batching.sizes;
    runs = Array.from(batching.sizes, (count, size) => (count ?? 0) - (baseline?.[size] ?? 0));
    if (asked > 0) queued.push(waiting);
  }

  /** One look after another, never two at once. */
  async function watch(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      if (isOver) return;
      await look();
    }
  }

  async function run(): Promise<Failure | undefined> {
    try {
      await look();
      startedAt = performance.now();
      const watching = watch().catch((error: unknown) => {
        failure ??= toFailure(error);
      });
      const questions: Promise<void>[] = [];
      await eachInSlices(texts, (text, i) => questions.push(ask(text, i)));
      await Promise.all(questions);
      endedAt = performance.now();
      isOver = true;
      await watching;
      await look();
    } catch (error) {
      failure ??= toFailure(error);
    }
    isOver = true;
    endedAt ??= performance.now();
    return failure;
  }

  function cancel(): void {
    if (isCancelled || isOver) return;
    isCancelled = true;
    void eachInSlices(aborts, (abort) => abort.abort());
  }

  const done = run();
  return {
    reading: () => ({
      asked,
      answered,
      refused,
      elapsedMs: (endedAt ?? performance.now()) - startedAt,
      latencies: latencies.subarray(0, answered),
      answeredBy,
      queued,
      runs,
    }),
    done,
    cancel,
  };
}
