/** A queue whose runs leave its thread free: the next batch starts before the last one's answers are made, a full one before its run has ended. */

import { describe, expect, test } from 'vitest';
import { createBench, go, pass, type Bench } from '../support/batch-bench.ts';
import { codeOf, createCountingSignal, createDeferred, drain, type Deferred } from '../support/promises.ts';

interface Pipeline extends Bench {
  /** What happened, in order: `run a b`, `answer a b`. */
  readonly log: readonly string[];
  /** Ends each run so far, one by one. */
  readonly held: Deferred<void>[];
}

function createPipeline({ offThread = true, maxBatchSize = 2 } = {}): Pipeline {
  const log: string[] = [];
  const held: Deferred<void>[] = [];
  const bench = createBench({
    offThread,
    maxBatchSize,
    async run(items) {
      log.push(`run ${items.join(' ')}`);
      const gate = createDeferred<void>();
      held.push(gate);
      await gate.promise;
      return () => {
        log.push(`answer ${items.join(' ')}`);
        if (items.includes('bad')) throw new Error('cannot decide');
        return items.map((item) => item.toUpperCase());
      };
    },
  });
  return { ...bench, log, held };
}

async function end({ held }: Pipeline, run: number): Promise<void> {
  held[run]?.resolve();
  await drain();
}

function pushAll({ queue }: Pipeline, items: readonly string[]): Promise<readonly string[]> {
  return Promise.all(items.map((item) => queue.push(item)));
}

describe('the next batch', () => {
  test('starts before the answers of the last one are made', async () => {
    const pipeline = createPipeline();
    const answers = pushAll(pipeline, ['a', 'b', 'c', 'd']);
    await go(pipeline.clock);
    await end(pipeline, 0);
    expect(pipeline.log).toEqual(['run a b', 'run c d', 'answer a b']);
    await end(pipeline, 1);
    await expect(answers).resolves.toEqual(['A', 'B', 'C', 'D']);
    expect(pipeline.log).toEqual(['run a b', 'run c d', 'answer a b', 'answer c d']);
  });

  test('starts after them where runs take this thread, which would keep them waiting', async () => {
    const pipeline = createPipeline({ offThread: false });
    const answers = pushAll(pipeline, ['a', 'b', 'c', 'd']);
    await go(pipeline.clock);
    await end(pipeline, 0);
    await go(pipeline.clock);
    await end(pipeline, 1);
    await answers;
    expect(pipeline.log).toEqual(['run a b', 'answer a b', 'run c d', 'answer c d']);
  });

  test('waits for company no longer than its window, counted from its first item', async () => {
    const pipeline = createPipeline({ maxBatchSize: 4 });
    const answers = [pushAll(pipeline, ['a', 'b', 'c'])];
    await go(pipeline.clock);
    await pass(pipeline.clock, 4);
    answers.push(pushAll(pipeline, ['d']));
    await end(pipeline, 0);
    await pass(pipeline.clock, 9.9);
    expect(pipeline.log).toEqual(['run a b c', 'answer a b c']);
    await pass(pipeline.clock, 0.1);
    expect(pipeline.log.at(-1)).toBe('run d');
    await end(pipeline, 1);
    await Promise.all(answers);
  });

  test('does not suffer from answers that cannot be made, nor from a run that throws at once', async () => {
    const pipeline = createPipeline();
    const bad = [pipeline.queue.push('bad'), pipeline.queue.push('too')];
    const good = pushAll(pipeline, ['c', 'd']);
    const outcomes = Promise.allSettled(bad);
    await go(pipeline.clock);
    await end(pipeline, 0);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'cannot decide' } });
    }
    await end(pipeline, 1);
    await expect(good).resolves.toEqual(['C', 'D']);

    let calls = 0;
    const throwing = createBench({
      offThread: true,
      maxBatchSize: 1,
      run(items) {
        calls++;
        if (calls === 1) throw new Error('broken at once');
        return Promise.resolve(items);
      },
    });
    const settled = Promise.allSettled(['a', 'b'].map((item) => throwing.queue.push(item)));
    await go(throwing.clock);
    await drain();
    await throwing.queue.close('drain');
    expect(await settled).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: 'b' }]);
  });
});

describe('a full batch', () => {
  test('is sent while the last one runs, a third only when one has ended, in the order of arrival', async () => {
    const pipeline = createPipeline();
    const answers = pushAll(pipeline, ['a', 'b', 'c']);
    await go(pipeline.clock);
    expect(pipeline.log).toEqual(['run a b']);
    const later = pushAll(pipeline, ['d', 'e', 'f', 'g']);
    await go(pipeline.clock);
    expect(pipeline.log).toEqual(['run a b', 'run c d']);
    await end(pipeline, 0);
    expect(pipeline.log).toEqual(['run a b', 'run c d', 'run e f', 'answer a b']);
    await end(pipeline, 1);
    await end(pipeline, 2);
    await pass(pipeline.clock, 10);
    await end(pipeline, 3);
    await expect(answers).resolves.toEqual(['A', 'B', 'C']);
    await expect(later).resolves.toEqual(['D', 'E', 'F', 'G']);
    expect(pipeline.log).toEqual('run a b,run c d,run e f,answer a b,answer c d,answer e f,run g,answer g'.split(','));
  });

  test('waits for the last one where runs take this thread', async () => {
    const pipeline = createPipeline({ offThread: false });
    const answers = pushAll(pipeline, ['a', 'b', 'c', 'd']);
    await go(pipeline.clock);
    await go(pipeline.clock);
    expect(pipeline.log).toEqual(['run a b']);
    await end(pipeline, 0);
    await go(pipeline.clock);
    await end(pipeline, 1);
    await answers;
  });

  test('that was sent ahead is answered though the one before it failed, and by itself where it ends first', async () => {
    const pipeline = createPipeline();
    const first = Promise.allSettled(['bad', 'b'].map((item) => pipeline.queue.push(item)));
    const second = pushAll(pipeline, ['c', 'd']);
    await go(pipeline.clock);
    await end(pipeline, 1);
    await expect(second).resolves.toEqual(['C', 'D']);
    await end(pipeline, 0);
    expect((await first).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('closing', () => {
  test('with drain runs what waits batch after batch, none ahead, and resolves after the last answers', async () => {
    const pipeline = createPipeline();
    const answers = pushAll(pipeline, ['a', 'b', 'c', 'd', 'e']);
    await go(pipeline.clock);
    let isClosed = false;
    const closing = pipeline.queue.close('drain').finally(() => {
      isClosed = true;
    });
    await drain();
    // One was ahead before.
    expect([pipeline.held.length, isClosed]).toEqual([2, false]);
    await end(pipeline, 0);
    expect([pipeline.held.length, isClosed]).toEqual([2, false]);
    await end(pipeline, 1);
    expect([pipeline.held.length, isClosed]).toEqual([3, false]);
    await end(pipeline, 2);
    await closing;
    await expect(answers).resolves.toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(pipeline.log.filter((line) => line.startsWith('run'))).toEqual(['run a b', 'run c d', 'run e']);
  });

  test('rejects what waits while a run is under way, whose items are answered', async () => {
    const pipeline = createPipeline();
    const running = pushAll(pipeline, ['a', 'b']);
    await go(pipeline.clock);
    const waiting = pipeline.queue.push('c');
    const closing = pipeline.queue.close();
    expect(await codeOf(waiting)).toBe('CLOSED');
    await end(pipeline, 0);
    await closing;
    await expect(running).resolves.toEqual(['A', 'B']);
    expect(pipeline.held).toHaveLength(1);
  });
});

test('an item that is aborted while its batch runs rejects at once, and its neighbour is answered', async () => {
  const pipeline = createPipeline();
  const signal = createCountingSignal();
  const aborted = pipeline.queue.push('a', signal);
  const neighbour = pipeline.queue.push('b');
  await go(pipeline.clock);
  signal.abort();
  expect(await codeOf(aborted)).toBe('ABORTED');
  await end(pipeline, 0);
  await expect(neighbour).resolves.toBe('B');
  expect(signal.listeners).toBe(0);
});
