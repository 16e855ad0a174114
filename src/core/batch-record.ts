/** Owns what a queue remembers of its batches, for `status()`. */

import type { BatchingStatus, Percentiles } from './types.ts';

const SAMPLES = 1000;

export class BatchRecord {
  readonly #sizes: number[] = [];
  readonly #waits = new Samples();
  readonly #runs = new Samples();
  /** Items without an answer, of all queues that share the record. */
  unanswered = 0;
  shed = 0;
  aborted = 0;

  addBatch(waitsMs: readonly number[]): void {
    const size = waitsMs.length;
    while (this.#sizes.length <= size) this.#sizes.push(0);
    this.#sizes[size] = (this.#sizes[size] as number) + 1;
    for (const waitMs of waitsMs) this.#waits.add(waitMs);
  }

  addRun(runMs: number): void {
    this.#runs.add(runMs);
  }

  report(): BatchingStatus {
    return {
      sizes: [...this.#sizes],
      waitMs: this.#waits.percentiles(),
      runMs: this.#runs.percentiles(),
      shed: this.shed,
      aborted: this.aborted,
    };
  }
}

/** The last thousand values. */
class Samples {
  readonly #values = new Float64Array(SAMPLES);
  #count = 0;

  add(value: number): void {
    this.#values[this.#count++ % SAMPLES] = value;
  }

  percentiles(): Percentiles | null {
    const kept = Math.min(this.#count, SAMPLES);
    if (kept === 0) return null;
    const sorted = this.#values.subarray(0, kept).toSorted();
    const at = (share: number): number => sorted[Math.min(kept - 1, Math.floor(share * kept))] as number;
    return { p50: at(0.5), p99: at(0.99) };
  }
}
