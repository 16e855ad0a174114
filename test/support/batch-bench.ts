/** A batch queue on a clock that is moved by hand, with its runs on record. */

import { BatchQueue, type BatchQueueOptions } from '../../src/core/batch-queue.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createDeferred, drain, type Deferred } from './promises.ts';

export type Run = BatchQueueOptions<string, string>['run'];

export interface Bench {
  readonly queue: BatchQueue<string, string>;
  readonly clock: FakeClock;
  /** The items of each run so far. */
  readonly runs: readonly (readonly string[])[];
}

export const shout: Run = async (items) => items.map((item) => item.toUpperCase());

export function createBench(options: Partial<BatchQueueOptions<string, string>> = {}): Bench {
  const clock = createFakeClock();
  const runs: (readonly string[])[] = [];
  const { run = shout, ...limits } = options;
  const queue = new BatchQueue<string, string>({
    maxBatchSize: 4,
    maxWaitMs: 10,
    maxQueueSize: 1000,
    clock,
    ...limits,
    run(items) {
      runs.push(items);
      return run(items);
    },
  });
  return { queue, clock, runs };
}

/** Runs that wait until the test answers them. */
export function createHeldRun(): { readonly run: Run; readonly held: Deferred<readonly string[]>[] } {
  const held: Deferred<readonly string[]>[] = [];
  return {
    held,
    run() {
      const deferred = createDeferred<readonly string[]>();
      held.push(deferred);
      return deferred.promise;
    },
  };
}

/** Lets the queue look at what it has, and a batch that it decides to send start or end. */
export async function go(clock: FakeClock): Promise<void> {
  clock.runSoon();
  await drain();
}

/** The same after a time. */
export async function pass(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms);
  await drain();
}
