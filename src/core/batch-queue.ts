/**
 * Owns when waiting items become one batch: coalesces, bounds, aborts, closes. Knows nothing of what
 * a batch does.
 *
 * The policy, in three sentences. While a batch runs, the next one gathers. An idle queue sends what it
 * has once it has as many items as the batch before (so a lone item after a lone item never waits), or
 * is full. Otherwise it waits for company, at most `maxWaitMs` from its first item's arrival.
 */

import { RouterError, abortError, closedError } from './errors.ts';
import type { AbortSignalLike, Clock } from './types.ts';

export interface BatchQueueOptions<In, Out> {
  /** Answers every item, in order. A rejection fails the items of this batch and no others. */
  readonly run: (items: readonly In[]) => Promise<readonly Out[]>;
  readonly maxBatchSize: number;
  readonly maxWaitMs: number;
  readonly maxQueueSize: number;
  readonly clock: Clock;
}

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
  #running: Promise<void> | undefined;
  #lastBatchSize = 1;
  #isLooking = false;
  #timer: unknown;
  #isClosed = false;
  #answered = 0;
  #batches = 0;

  constructor(options: BatchQueueOptions<In, Out>) {
    this.#options = options;
  }

  /** Items that wait for their batch to start. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Items answered so far. */
  get answered(): number {
    return this.#answered;
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
      if (this.#waiters.size >= maxQueueSize) return reject(queueFullError(maxQueueSize));
      const abort = (): void => {
        this.#waiters.delete(waiter);
        waiter.release();
        reject(abortError(signal));
      };
      const release = (): void => signal?.removeEventListener('abort', abort);
      const waiter: Waiter<In, Out> = { item, since: clock.now(), resolve, reject, release };
      signal?.addEventListener('abort', abort);
      this.#waiters.add(waiter);
      this.#lookSoon();
    });
  }

  /** Rejects what waits with `CLOSED`, then waits for the running batch. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#timer);
    for (const waiter of this.#waiters) {
      waiter.release();
      waiter.reject(closedError());
    }
    this.#waiters.clear();
    await this.#running;
  }

  /** Looks once after the events that already wait, so that items posted together go together. */
  #lookSoon(): void {
    if (this.#isLooking || this.#running) return;
    this.#isLooking = true;
    this.#options.clock.soon(() => {
      this.#isLooking = false;
      this.#look();
    });
  }

  #look(): void {
    const { clock, maxWaitMs, maxBatchSize } = this.#options;
    const [oldest] = this.#waiters;
    if (this.#running || !oldest) return;
    clock.clearTimeout(this.#timer);
    const remainingMs = oldest.since + maxWaitMs - clock.now();
    if (this.#waiters.size >= Math.min(this.#lastBatchSize, maxBatchSize) || remainingMs <= 0) {
      this.#running = this.#run(this.#takeBatch());
    } else {
      this.#timer = clock.setTimeout(() => this.#look(), remainingMs);
    }
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
    this.#lastBatchSize = batch.length;
    this.#batches++;
    try {
      const outs = await this.#options.run(batch.map((waiter) => waiter.item));
      if (outs.length !== batch.length) {
        throw new RangeError(`a batch of ${batch.length} items got ${outs.length} answers`);
      }
      this.#answered += batch.length;
      for (const [i, waiter] of batch.entries()) waiter.resolve(outs[i] as Out);
    } catch (error) {
      for (const waiter of batch) waiter.reject(error);
    } finally {
      for (const waiter of batch) waiter.release();
      this.#running = undefined;
      this.#lookSoon();
    }
  }
}

function queueFullError(maxQueueSize: number): RouterError {
  return new RouterError(
    'QUEUE_FULL',
    `Got a query while ${maxQueueSize} wait, the most that \`maxQueueSize\` allows; send fewer at once, or try again later.`,
  );
}
