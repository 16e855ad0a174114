/** When items become a batch: the window, the bound, aborts and closing, on a clock that is moved by hand. */

import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/core/batch-queue.ts';
import { createBench, createHeldRun, go, pass, shout, type Bench, type Run } from '../support/batch-bench.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { codeOf, createCountingSignal, drain, refusal } from '../support/promises.ts';

function pushAll({ queue }: Bench, items: readonly string[]): Promise<readonly string[]> {
  return Promise.all(items.map((item) => queue.push(item)));
}

/** One batch of `size`, so that the queue expects as many again. */
async function expectCompany(bench: Bench, size: number): Promise<void> {
  const pushed = pushAll(
    bench,
    Array.from({ length: size }, (_, i) => `before ${i}`),
  );
  await go(bench.clock);
  await pushed;
}

describe('the window', () => {
  test('a lone item goes at once, without a timer', async () => {
    const { queue, clock, runs } = createBench();
    const answer = queue.push('a');
    await go(clock);
    expect(runs).toEqual([['a']]);
    expect(clock.timers).toBe(0);
    await expect(answer).resolves.toBe('A');
  });

  test('a lone item after a lone item never waits', async () => {
    const { queue, clock, runs } = createBench();
    for (const item of ['a', 'b', 'c']) {
      const answer = queue.push(item);
      await go(clock);
      await answer;
      await drain();
      await go(clock);
    }
    expect(runs).toEqual([['a'], ['b'], ['c']]);
    expect(clock.now()).toBe(0);
  });

  test('items pushed in one turn of the event loop share a batch', async () => {
    const bench = createBench();
    const answers = pushAll(bench, ['a', 'b', 'c']);
    expect(bench.clock.sooner).toBe(1);
    await go(bench.clock);
    await expect(answers).resolves.toEqual(['A', 'B', 'C']);
    expect(bench.runs).toEqual([['a', 'b', 'c']]);
  });

  test('the window is counted from the first item and never extended by a trickle', async () => {
    const bench = createBench({ maxBatchSize: 100 });
    const { queue, clock, runs } = bench;
    await expectCompany(bench, 50);
    const start = clock.now();
    const answers = [queue.push('a')];
    await go(clock);
    await pass(clock, 9);
    answers.push(queue.push('b'));
    await go(clock);
    expect(runs).toHaveLength(1);
    await pass(clock, 0.999);
    expect(runs).toHaveLength(1);
    await pass(clock, 0.001);
    expect(runs[1]).toEqual(['a', 'b']);
    expect(clock.now() - start).toBeCloseTo(10, 9);
    await Promise.all(answers);
  });

  test('a trickle of one item per millisecond waits one window in all, not one per item', async () => {
    const bench = createBench({ maxBatchSize: 1000 });
    const { queue, clock, runs } = bench;
    await expectCompany(bench, 500);
    for (let ms = 0; ms < 40; ms++) {
      void queue.push(`${ms}`);
      await go(clock);
      await pass(clock, 1);
    }
    // The first batch holds what came in its ten milliseconds; the queue then expects no more than that.
    expect(runs[1]).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(runs.length).toBeGreaterThanOrEqual(4);
  });

  test('a timer that fires a little early is set again, and the item still goes', async () => {
    const bench = createBench();
    const early: (() => void)[] = [];
    const clock: FakeClock = { ...bench.clock, setTimeout: (callback) => early.push(callback) };
    const queue = new BatchQueue<string, string>({
      run: shout,
      maxBatchSize: 4,
      maxWaitMs: 10,
      maxQueueSize: 9,
      clock,
    });
    const first = [queue.push('a'), queue.push('b')];
    await go(bench.clock);
    await Promise.all(first);
    const answer = queue.push('c');
    await go(bench.clock);
    bench.clock.jump(9.7);
    early.shift()?.();
    expect(queue.waiting).toBe(1);
    bench.clock.jump(0.3);
    early.shift()?.();
    await expect(answer).resolves.toBe('C');
  });

  test('with maxWaitMs 0 nothing ever waits for company', async () => {
    const bench = createBench({ maxWaitMs: 0 });
    await expectCompany(bench, 4);
    const answer = bench.queue.push('a');
    await go(bench.clock);
    expect(bench.clock.timers).toBe(0);
    await expect(answer).resolves.toBe('A');
  });
});

describe('the batch', () => {
  test('a full batch goes at once and takes its timer with it', async () => {
    const bench = createBench();
    const { queue, clock, runs } = bench;
    await expectCompany(bench, 4);
    const answers = ['a', 'b', 'c'].map((item) => queue.push(item));
    await go(clock);
    expect(runs).toHaveLength(1);
    expect(clock.timers).toBe(1);
    answers.push(queue.push('d'));
    await go(clock);
    expect(runs[1]).toEqual(['a', 'b', 'c', 'd']);
    expect(clock.timers).toBe(0);
    await Promise.all(answers);
  });

  test('more than a batch is cut into batches in the order of arrival', async () => {
    const bench = createBench();
    const items = Array.from({ length: 10 }, (_, i) => `${i}`);
    const answers = pushAll(bench, items);
    for (let i = 0; i < 3; i++) {
      await go(bench.clock);
    }
    await pass(bench.clock, 10);
    await expect(answers).resolves.toEqual(items);
    expect(bench.runs.map((run) => run.length)).toEqual([4, 4, 2]);
    expect(bench.runs.flat()).toEqual(items);
  });

  test('while a batch runs the next one gathers, and goes when it ends', async () => {
    const { run, held } = createHeldRun();
    const { queue, clock, runs } = createBench({ run });
    const first = queue.push('a');
    await go(clock);
    const second = [queue.push('b'), queue.push('c')];
    await go(clock);
    await pass(clock, 100);
    expect(runs).toEqual([['a']]);
    held[0]?.resolve(['A']);
    await first;
    await drain();
    await go(clock);
    expect(runs).toEqual([['a'], ['b', 'c']]);
    held[1]?.resolve(['B', 'C']);
    await expect(Promise.all(second)).resolves.toEqual(['B', 'C']);
  });

  test('a run that fails fails its own batch and no other', async () => {
    let calls = 0;
    const run: Run = async (items) => {
      calls++;
      if (calls === 1) throw new Error('broken once');
      return items;
    };
    const { queue, clock } = createBench({ run, maxBatchSize: 1 });
    const first = queue.push('a');
    const second = queue.push('b');
    void first.catch(() => undefined);
    await go(clock);
    await expect(first).rejects.toThrow('broken once');
    await drain();
    await go(clock);
    await expect(second).resolves.toBe('b');
  });

  test('a run that throws before it returns a promise fails its batch, and the next one goes', async () => {
    let calls = 0;
    const run: Run = (items) => {
      calls++;
      if (calls === 1) throw new Error('broken at once');
      return Promise.resolve(items);
    };
    const { queue, clock } = createBench({ run });
    const first = queue.push('a');
    void first.catch(() => undefined);
    await go(clock);
    await expect(first).rejects.toThrow('broken at once');
    await drain();
    await go(clock);
    const second = queue.push('b');
    await go(clock);
    await pass(clock, 100);
    expect(queue.waiting).toBe(0);
    await expect(second).resolves.toBe('b');
  });

  test('too few or too many answers are an error, never the wrong answer', async () => {
    for (const answers of [[], ['x', 'y', 'z']]) {
      const { queue, clock } = createBench({ run: async () => answers });
      const pushed = Promise.allSettled([queue.push('a'), queue.push('b')]);
      await go(clock);
      for (const outcome of await pushed) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { message: /batch of 2 items/ } });
      }
    }
  });
});

describe('the bound', () => {
  test('an item beyond maxQueueSize is refused at once with QUEUE_FULL, and the others are served', async () => {
    const { queue, clock } = createBench({ maxQueueSize: 3 });
    const waiting = ['a', 'b', 'c'].map((item) => queue.push(item));
    const error = await refusal(queue.push('d'));
    expect(error.code).toBe('QUEUE_FULL');
    expect(error.message).toContain('3');
    await go(clock);
    await expect(Promise.all(waiting)).resolves.toEqual(['A', 'B', 'C']);
    const later = queue.push('e');
    await pass(clock, 10);
    await go(clock);
    await pass(clock, 10);
    await expect(later).resolves.toBe('E');
  });

  test('an item keeps its place until it is answered or leaves the queue, so that none waits for more than so many', async () => {
    const { run, held } = createHeldRun();
    const { queue, clock } = createBench({ run, maxQueueSize: 2 });
    const running = queue.push('a');
    await go(clock);
    const signal = createCountingSignal();
    const aborted = queue.push('b', signal);
    expect(await codeOf(queue.push('c'))).toBe('QUEUE_FULL');
    signal.abort();
    expect(await codeOf(aborted)).toBe('ABORTED');
    const next = queue.push('d');
    expect(await codeOf(queue.push('e'))).toBe('QUEUE_FULL');
    held[0]?.resolve(['A']);
    await running;
    await drain();
    const last = queue.push('f');
    await go(clock);
    held[1]?.resolve(['D', 'F']);
    await expect(Promise.all([next, last])).resolves.toEqual(['D', 'F']);
  });
});
