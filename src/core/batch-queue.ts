/**
 * Owns when waiting items become one batch: coalesces, bounds, aborts, closes. Knows nothing of what
 * a batch does.
 *
 * The policy, in three sentences. While a batch runs, the next one gathers; a full one is sent ahead where the runs are
 * another thread's. An idle queue sends what it has once it has as many items as the batch before (so a lone item after a
 * lone item never waits), or is full. Otherwise it waits for company, at most `maxWaitMs` from its first item's arrival.
 */

import { onAbort } from './abort-listeners.ts';
import { RouterError, abortError, closedError } from './errors.ts';
import { BatchRecord } from './batch-record.ts';
import type { AbortSignalLike, Clock } from './types.ts';

export interface BatchQueueOptions<In, Out> {
  /** Answers every item, in order. A rejection fails the items of this batch and no others. */
  readonly run: (items: readonly In[]) => Promise<Answers<Out>>;
  /**
   * Runs leave this thread free: the next batch's starts before the last one's answers are made, and a full one is sent
   * while the last one runs, so that there is no gap between them. Default `false`: answers first, for they would wait
   * behind the next run.
   */
  readonly offThread?: boolean;
  readonly maxBatchSize: number;
  readonly maxWaitMs: number;
  /** The most items without an answer: none waits longer than so many take. */
  readonly maxQueueSize: number;
  /** Queues that share one are bounded and reported together. Default: one of its own. */
  readonly record?: BatchRecord;
  readonly clock: Clock;
}

/** The answers, or what makes them on this thread once the run is over. */
export type Answers<Out> = readonly Out[] | (() => readonly Out[]);

interface Waiter<In, Out> {
  readonly item: In;
  readonly since: number;
  readonly resolve: (out: Out) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the caller's signal. */
  readonly release: () => void;
}

export class BatchQueue<In, Out> {
  readonly #options: BatchQueueOptions<In, Out>;
  /** In order of arrival; a Set, so that an aborted item leaves in O(1). */
  readonly #waiters = new Set<Waiter<In, Out>>();
  /** Batches that run, the one that was sent ahead among them. */
  #runs = 0;
  /** Resolves when every batch so far is answered. */
  #answered: Promise<void> = Promise.resolve();
  #lastBatchSize = 1;
  #isLooking = false;
  #timer: unknown;
  #isClosed = false;
  #batches = 0;
  readonly #record: BatchRecord;

  constructor(options: BatchQueueOptions<In, Out>) {
    this.#options = options;
    this.#record = options.record ?? new BatchRecord();
  }

  /** Items that wait for their batch to start. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Batches started so far. */
  get batches(): number {
    return this.#batches;
  }

  /** The item's answer. Rejects with `QUEUE_FULL`, `ABORTED`, `TIMEOUT`, `CLOSED`, or as the batch's run did. */
  push(item: In, signal?: AbortSignalLike): Promise<Out> {
    const { maxQueueSize, clock } = this.#options;
    return new Promise<Out>((resolve, reject) => {
      if (this.#isClosed) return reject(closedError());
      if (signal?.aborted) return reject(abortError(signal));
      if (this.#record.unanswered >= maxQueueSize) {
        this.#record.shed++;
        return reject(queueFullError(maxQueueSize));
      }
      const release = onAbort(signal, () => {
        this.#record.aborted++;
        // One whose batch runs counts until that is over.
        if (this.#waiters.delete(waiter)) this.#record.unanswered--;
        waiter.release();
        reject(abortError(signal));
      });
      const waiter: Waiter<In, Out> = { item, since: clock.now(), resolve, reject, release };
      this.#waiters.add(waiter);
      this.#record.unanswered++;
      this.#lookSoon();
    });
  }

  /**
   * Takes no more items; rejects what waits with `CLOSED`, or has it answered first; waits for the running batch.
   * Idempotent.
   */
  async close(pending: 'reject' | 'drain' = 'reject'): Promise<void> {
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#timer);
    if (pending === 'drain') await this.#drain();
    for (const waiter of this.#waiters) {
      waiter.release();
      waiter.reject(closedError());
    }
    this.#record.unanswered -= this.#waiters.size;
    this.#waiters.clear();
    await this.#answered;
  }

  /** Runs what waits without waiting for company, batch after batch. */
  async #drain(): Promise<void> {
    await this.#answered;
    while (this.#waiters.size > 0) {
      this.#start();
      await this.#answered;
    }
  }

  /** Looks once after the events that already wait, so that items posted together go together. */
  #lookSoon(): void {
    if (this.#isLooking || !this.#maySend()) return;
    this.#isLooking = true;
    this.#options.clock.soon(() => {
      this.#isLooking = false;
      this.#look();
    });
  }

  #maySend(): boolean {
    const { offThread = false, maxBatchSize } = this.#options;
    return this.#runs === 0 || (offThread && this.#runs === 1 && this.#waiters.size >= maxBatchSize);
  }

  #look(): void {
    const { clock, maxWaitMs, maxBatchSize } = this.#options;
    const [oldest] = this.#waiters;
    if (!oldest || !this.#maySend()) return;
    clock.clearTimeout(this.#timer);
    const remainingMs = oldest.since + maxWaitMs - clock.now();
    if (this.#waiters.size >= Math.min(this.#lastBatchSize, maxBatchSize) || remainingMs <= 0) {
      this.#start();
      this.#lookSoon();
    } else {
      this.#timer = clock.setTimeout(() => this.#look(), remainingMs);
    }
  }

  #start(): void {
    // Without values: each would hold the one before it, for as long as the queue lives.
    this.#answered = Promise.all([this.#answered, this.#run(this.#takeBatch())]).then(() => undefined);
  }

  #takeBatch(): Waiter<In, Out>[] {
    const batch: Waiter<In, Out>[] = [];
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      batch.push(waiter);
      if (batch.length === this.#options.maxBatchSize) break;
    }
    return batch;
  }

  async #run(batch: readonly Waiter<In, Out>[]): Promise<void> {
    this.#runs++;
    this.#lastBatchSize = batch.length;
    this.#batches++;
    const { clock, run, offThread = false } = this.#options;
    const start = clock.now();
    this.#record.addBatch(batch.map(({ since }) => start - since));
    let answers: Answers<Out>;
    try {
      const items = batch.map((waiter) => waiter.item);
      // In a promise, but at once: a run that throws must not end before its batch is the one that runs.
      answers = await (async () => run(items))();
    } catch (error) {
      answers = () => {
        throw error;
      };
    }
    this.#record.addRun(clock.now() - start);
    this.#runs--;
    // What drains takes its batches itself.
    if (offThread && !this.#isClosed) this.#look();
    this.#answer(batch, answers);
    this.#lookSoon();
  }

  #answer(batch: readonly Waiter<In, Out>[], answers: Answers<Out>): void {
    try {
      const outs = typeof answers === 'function' ? answers() : answers;
      if (outs.length !== batch.length) {
        throw new RangeError(`a batch of ${batch.length} items got ${outs.length} answers`);
      }
      for (const [i, waiter] of batch.entries()) waiter.resolve(outs[i] as Out);
    } catch (error) {
      for (const waiter of batch) waiter.reject(error);
    } finally {
      this.#record.unanswered -= batch.length;
      for (const waiter of batch) waiter.release();
    }
  }
}

export function queueFullError(maxQueueSize: number): RouterError {
  return new RouterError(
    'QUEUE_FULL',
    `Got a query while ${maxQueueSize} have no answer yet, the most that \`maxQueueSize\` allows; send fewer at once, or try again later.`,
  );
}
