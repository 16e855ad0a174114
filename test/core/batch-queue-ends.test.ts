/** How waiting ends before its answer: aborts, time-outs and closing, and what stays behind (nothing). */

import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/core/batch-queue.ts';
import { go } from '../support/batch-bench.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { codeOf, createCountingSignal, createDeferred, drain, refusal } from '../support/promises.ts';

interface Bench {
  readonly queue: BatchQueue<string, string>;
  readonly clock: FakeClock;
  readonly runs: readonly (readonly string[])[];
  /** Makes the runs wait until it is called. */
  readonly answer: () => void;
}

function createBench({ isHeld = false, maxQueueSize = 100_000 } = {}): Bench {
  const clock = createFakeClock();
  const runs: (readonly string[])[] = [];
  const gate = createDeferred<void>();
  if (!isHeld) gate.resolve();
  const queue = new BatchQueue<string, string>({
    maxBatchSize: 4,
    maxWaitMs: 10,
    maxQueueSize,
    clock,
    async run(items) {
      runs.push(items);
      await gate.promise;
      return items.map((item) => item.toUpperCase());
    },
  });
  return { queue, clock, runs, answer: () => gate.resolve() };
}

async function runOut({ queue, clock }: Bench): Promise<void> {
  for (let i = 0; i < 10_000 && (queue.waiting > 0 || clock.sooner > 0); i++) {
    await go(clock);
    clock.advance(10);
    await drain();
  }
}

describe('an aborted item', () => {
  test('leaves its batch before it runs', async () => {
    const { queue, clock, runs } = createBench();
    const signal = createCountingSignal();
    const outcomes = [queue.push('a'), queue.push('b', signal), queue.push('c')];
    signal.abort();
    expect(await codeOf(outcomes[1] as Promise<string>)).toBe('ABORTED');
    await go(clock);
    expect(runs).toEqual([['a', 'c']]);
    await expect(outcomes[0]).resolves.toBe('A');
    await expect(outcomes[2]).resolves.toBe('C');
  });

  test('rejects at once when its batch runs already, and its neighbours get their answers', async () => {
    const { queue, clock, answer } = createBench({ isHeld: true });
    const signal = createCountingSignal();
    const aborted = queue.push('a', signal);
    const neighbour = queue.push('b');
    await go(clock);
    signal.abort();
    expect(await codeOf(aborted)).toBe('ABORTED');
    answer();
    await expect(neighbour).resolves.toBe('B');
  });

  test('that was alone leaves nothing to run', async () => {
    const bench = createBench();
    const signal = createCountingSignal();
    const aborted = bench.queue.push('a', signal);
    signal.abort();
    expect(await codeOf(aborted)).toBe('ABORTED');
    await runOut(bench);
    expect(bench.runs).toEqual([]);
    expect(bench.queue.batches).toBe(0);
  });

  test('never enters with a signal that is aborted already', async () => {
    const { queue } = createBench();
    const signal = createCountingSignal();
    signal.abort();
    expect(await codeOf(queue.push('a', signal))).toBe('ABORTED');
    expect(queue.waiting).toBe(0);
    expect(signal.listeners).toBe(0);
  });

  test('says TIMEOUT for the reason of AbortSignal.timeout() and ABORTED for any other, with the reason as its cause', async () => {
    const { queue } = createBench();
    const reasons: readonly (readonly [unknown, string])[] = [
      [new DOMException('late', 'TimeoutError'), 'TIMEOUT'],
      [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'TIMEOUT'],
      [new DOMException('stop', 'AbortError'), 'ABORTED'],
      ['TimeoutError', 'ABORTED'],
      [null, 'ABORTED'],
      [undefined, 'ABORTED'],
    ];
    for (const [reason, code] of reasons) {
      const signal = createCountingSignal();
      const pushed = queue.push('a', signal);
      signal.abort(reason);
      const error = await refusal(pushed);
      expect([error.code, error.cause]).toEqual([code, reason]);
    }
  });

  test('may push again from its own abort listener', async () => {
    const bench = createBench();
    const signal = createCountingSignal();
    const again: Promise<string>[] = [];
    const aborted = bench.queue.push('a', signal);
    signal.addEventListener('abort', () => again.push(bench.queue.push('b')));
    signal.abort();
    expect(await codeOf(aborted)).toBe('ABORTED');
    await runOut(bench);
    await expect(Promise.all(again)).resolves.toEqual(['B']);
    expect(bench.runs).toEqual([['b']]);
  });
});

describe('signals', () => {
  test('ten thousand answered queries on one signal leave no listener on it', async () => {
    const bench = createBench();
    const signal = createCountingSignal();
    const answers = Array.from({ length: 10_000 }, (_, i) => bench.queue.push(`q${i}`, signal));
    expect(signal.listeners).toBeGreaterThan(0);
    await runOut(bench);
    await Promise.all(answers);
    expect(signal.listeners).toBe(0);
  });

  test('aborted, refused and closed queries leave no listener either', async () => {
    const bench = createBench({ maxQueueSize: 2 });
    const signal = createCountingSignal();
    const closing = createCountingSignal();
    const aborted = bench.queue.push('a', signal);
    const closed = bench.queue.push('b', closing);
    const refused = bench.queue.push('c', signal);
    expect(await codeOf(refused)).toBe('QUEUE_FULL');
    signal.abort();
    await bench.queue.close();
    expect([await codeOf(aborted), await codeOf(closed)]).toEqual(['ABORTED', 'CLOSED']);
    expect([signal.listeners, closing.listeners]).toEqual([0, 0]);
  });
});

describe('close', () => {
  test('rejects what waits with CLOSED at once, and resolves when the running batch has ended', async () => {
    const { queue, clock, answer } = createBench({ isHeld: true });
    const running = queue.push('a');
    await go(clock);
    const waiting = [queue.push('b'), queue.push('c')];
    let isClosed = false;
    const closing = queue.close().finally(() => {
      isClosed = true;
    });
    expect(await Promise.all(waiting.map(codeOf))).toEqual(['CLOSED', 'CLOSED']);
    await drain();
    expect(isClosed).toBe(false);
    answer();
    await closing;
    await expect(running).resolves.toBe('A');
  });

  test('refuses later items, may be called again, and leaves no timer', async () => {
    const bench = createBench();
    const { queue, clock } = bench;
    const first = [queue.push('a'), queue.push('b')];
    await go(clock);
    await Promise.all(first);
    const waiting = queue.push('c');
    await go(clock);
    expect(clock.timers).toBe(1);
    await Promise.all([queue.close(), queue.close()]);
    await queue.close();
    expect(await codeOf(waiting)).toBe('CLOSED');
    expect(await codeOf(queue.push('d'))).toBe('CLOSED');
    expect([clock.timers, queue.waiting]).toEqual([0, 0]);
  });
});
