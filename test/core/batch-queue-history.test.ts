/** Any history of pushes, aborts, failures and time: what the batch queue promises whatever happens. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBench, createHeldRun, go, pass } from '../support/batch-bench.ts';
import { createCountingSignal, drain } from '../support/promises.ts';

interface Item {
  readonly name: string;
  readonly abort: () => void;
  /** The answer, or the message of the error. */
  readonly outcome: Promise<string>;
}

const step = fc.oneof(
  fc.record({ type: fc.constant('push' as const), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 15 }) }),
  fc.record({ type: fc.constant('abort' as const), pick: fc.nat(50) }),
  fc.record({ type: fc.constant('answer' as const), fails: fc.boolean() }),
);

const limits = fc.record({ maxBatchSize: fc.integer({ min: 1, max: 6 }), offThread: fc.boolean() });

test('every item is answered once, in order, with its own answer, and no idle item waits without a timer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), limits, async (steps, { maxBatchSize, offThread }) => {
      const { run, held } = createHeldRun();
      const { queue, clock, runs } = createBench({ run, maxBatchSize, offThread });
      const items: Item[] = [];
      let answered = 0;

      function push(): void {
        const signal = createCountingSignal();
        const name = `n${items.length}`;
        const outcome = queue.push(name, signal).catch((error: Error) => error.message);
        items.push({ name, abort: () => signal.abort(), outcome });
      }

      async function answerOne(fails: boolean): Promise<void> {
        if (answered === held.length) return;
        const batch = runs[answered] as readonly string[];
        if (fails) held[answered]?.reject(new Error('broken'));
        else held[answered]?.resolve(batch.map((item) => item.toUpperCase()));
        answered++;
        await drain();
      }

      for (const action of steps) {
        if (action.type === 'push') for (let i = 0; i < action.count; i++) push();
        else if (action.type === 'abort') items[action.pick]?.abort();
        else if (action.type === 'answer') await answerOne(action.fails);
        else await pass(clock, action.ms);
        await go(clock);
        const isIdle = answered === runs.length;
        expect(runs.length - answered).toBeLessThanOrEqual(offThread ? 2 : 1);
        if (isIdle && queue.waiting > 0) expect(clock.timers).toBe(1);
      }
      for (let i = 0; i < 500 && (queue.waiting > 0 || answered < runs.length); i++) {
        await go(clock);
        await pass(clock, 10);
        await answerOne(false);
      }
      const started = runs.flat();
      expect(started).toEqual(items.map(({ name }) => name).filter((name) => started.includes(name)));
      expect(Math.max(0, ...runs.map((batch) => batch.length))).toBeLessThanOrEqual(maxBatchSize);
      for (const { name, outcome } of items) {
        expect([name.toUpperCase(), 'broken', expect.stringContaining('aborted')]).toContainEqual(await outcome);
      }
    }),
    { numRuns: 60 },
  );
});
