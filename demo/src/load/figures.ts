/** Owns the arithmetic of a load test: from what was counted to bars, lines and words. Pure. */

import { formatMs } from '../format.ts';
import type { ChartShown } from './charts.ts';
import { STEP_MS, type LoadReading } from './load-run.ts';

const LATENCY_BARS = 30;
const WINDOW_STEPS = 5;
export const NOTHING: ChartShown = { values: [], axis: [], most: 0, summary: 'Nothing yet' };

export function rateOf({ answered, elapsedMs }: LoadReading): number {
  return elapsedMs > 0 ? Math.round((answered * 1000) / elapsedMs) : 0;
}

export function throughput({ answeredBy, elapsedMs }: LoadReading): ChartShown {
  if (answeredBy.length === 0) return NOTHING;
  // Answers come a batch at a time: a mean over half a second shows the rate, and not the beat.
  const rates = answeredBy.map((_, i) => {
    const window = answeredBy.slice(Math.max(0, i - WINDOW_STEPS + 1), i + 1);
    const windowMs = Math.min(window.length * STEP_MS, elapsedMs);
    return (window.reduce((sum, count) => sum + count, 0) * 1000) / windowMs;
  });
  const most = Math.max(...rates);
  return {
    values: rates,
    axis: ['0 s', seconds(elapsedMs)],
    most,
    summary: `at most ${Math.round(most).toLocaleString('en')} a second`,
  };
}

export function latency({ latencies }: LoadReading): ChartShown {
  if (latencies.length === 0) return NOTHING;
  const sorted = latencies.toSorted();
  const most = niceCeiling(sorted.at(-1) ?? 0);
  const bars = Array.from({ length: LATENCY_BARS }, () => 0);
  for (const value of sorted) {
    const bar = Math.min(LATENCY_BARS - 1, Math.floor((value / most) * LATENCY_BARS));
    bars[bar] = (bars[bar] as number) + 1;
  }
  const at = (share: number): string => duration(sorted[Math.ceil(share * sorted.length) - 1] as number);
  return {
    values: bars,
    most: Math.max(...bars),
    axis: ['0 ms', duration(most / 2), duration(most)],
    summary: `half within ${at(0.5)}, 99% within ${at(0.99)}`,
  };
}

export function batches({ runs }: LoadReading): ChartShown {
  const sizes = runs.slice(1);
  const count = sizes.reduce((sum, value) => sum + value, 0);
  if (count === 0) return NOTHING;
  const queries = sizes.reduce((sum, value, i) => sum + value * (i + 1), 0);
  const width = Math.max(32, sizes.length);
  return {
    values: Array.from({ length: width }, (_, i) => sizes[i] ?? 0),
    axis: ['1', String(width / 2), String(width)],
    most: Math.max(...sizes),
    summary: `${count.toLocaleString('en')} runs of ${(queries / count).toFixed(1)} queries on average`,
  };
}

export function queue({ queued, elapsedMs }: LoadReading): ChartShown {
  if (queued.length === 0) return NOTHING;
  const most = Math.max(...queued);
  return {
    values: queued,
    axis: ['0 s', seconds(elapsedMs)],
    most,
    summary: `${(queued.at(-1) as number).toLocaleString('en')} waiting now, at most ${most.toLocaleString('en')}`,
  };
}

function duration(elapsedMs: number): string {
  return elapsedMs < 1000 ? formatMs(elapsedMs) : `${(elapsedMs / 1000).toFixed(1)} s`;
}

export function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(elapsedMs < 10_000 ? 2 : 1)} s`;
}

/** A round number that is not less, so that the axis does not dance. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}
