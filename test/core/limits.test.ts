/** Time limits, draining, the cache of queries, and what the router says of its batches. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type CallOptions, type CloseOptions, type Router } from 'synaptoroute';
import { createHashEncoder, type TestEncoder } from '../support/encoders.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { attempt, codeOf, createCountingSignal, drain, uncaughtDuring } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';
import { SIDES } from '../support/wire.ts';

interface Bench {
  readonly router: Router;
  readonly encoder: TestEncoder;
  readonly clock: FakeClock;
}

async function openOnClock(): Promise<Bench> {
  const clock = createFakeClock();
  const encoder = createHashEncoder();
  return { clock, encoder, router: await openRouter({ encoder, storage: createMemoryStorage(), clock }) };
}

const CALLS: readonly (readonly [string, (router: Router, options: CallOptions) => Promise<unknown>])[] = [
  ['query', (router, options) => router.query('x', options)],
  ['queryMany', (router, options) => router.queryMany(['x', 'y'], options)],
  ['encode', (router, options) => router.encode(['x', 'y'], options)],
  ['addRoute', (router, options) => router.addRoute({ name: 'a', utterances: ['x'] }, options)],
  ['addUtterances', (router, options) => router.addUtterances('base', ['x'], options)],
];

describe('timeoutMs', () => {
  test.each(CALLS)('ends a %s that takes longer with TIMEOUT, and nothing of it is applied', async (_, call) => {
    const { router, encoder, clock } = await openOnClock();
    const adding = router.addRoute({ name: 'base', utterances: ['base'] });
    clock.runSoon();
    await adding;
    encoder.hold();
    const late = codeOf(call(router, { timeoutMs: 50 }));
    clock.runSoon();
    clock.advance(49);
    expect(clock.timers).toBe(1);
    clock.advance(1);
    expect(await late).toBe('TIMEOUT');
    encoder.release();
    for (let i = 0; i < 5; i++) {
      await drain();
      clock.runSoon();
    }
    expect(await router.routes()).toMatchObject([{ name: 'base', utterances: ['base'] }]);
    await router.close();
  });

  test('leaves neither a timer nor a listener behind when the call is answered in time', async () => {
    const { router, clock } = await openOnClock();
    const signal = createCountingSignal();
    const query = router.query('x', { signal, timeoutMs: 1000 });
    expect([clock.timers, signal.listeners]).toEqual([1, 1]);
    clock.runSoon();
    await query;
    expect([clock.timers, signal.listeners]).toEqual([0, 0]);
    await router.close();
  });

  test('and a signal may both be given: the first to end it says how', async () => {
    const { router, encoder, clock } = await openOnClock();
    encoder.hold();
    const signal = createCountingSignal();
    const aborted = codeOf(router.query('x', { signal, timeoutMs: 1000 }));
    const late = codeOf(router.query('y', { signal: createCountingSignal(), timeoutMs: 5 }));
    clock.runSoon();
    signal.abort();
    clock.advance(5);
    expect([await aborted, await late]).toEqual(['ABORTED', 'TIMEOUT']);
    expect(await codeOf(router.query('z', { signal, timeoutMs: 1000 }))).toBe('ABORTED');
    expect(clock.timers).toBe(0);
    encoder.release();
    await router.close();
  });

  test('longer than the platform’s timers reach does not end the call at once', async () => {
    const encoder = createHashEncoder();
    const delays: number[] = [];
    const clock = createFakeClock();
    const spying: FakeClock = {
      ...clock,
      setTimeout(callback, delayMs) {
        delays.push(delayMs);
        return clock.setTimeout(callback, delayMs);
      },
    };
    const router = await openRouter({ encoder, storage: createMemoryStorage(), clock: spying });
    for (const timeoutMs of [2 ** 31, 1e12]) {
      const query = router.query('x', { timeoutMs }).catch((error: { code: string }) => error.code);
      clock.runSoon();
      // Refused, or kept within what a timer can do; a longer one fires after a millisecond.
      if ((await query) !== 'INVALID_OPTION') expect(Math.max(...delays)).toBeLessThan(2 ** 31);
    }
    await router.close();
  });

  test.each(SIDES)(
    'of a wrong kind is INVALID_OPTION $side',
    async ({ open }) => {
      const router = await open({ encoder: createHashEncoder(), storage: createMemoryStorage() });
      for (const timeoutMs of [-1, NaN, Infinity, '5', null]) {
        expect(await codeOf(attempt(() => router.query('x', { timeoutMs } as CallOptions)))).toBe('INVALID_OPTION');
      }
      const half = { aborted: false, addEventListener: () => undefined };
      const uncaught = await uncaughtDuring(async () => {
        const outcome = router.query('x', { signal: half as never }).catch((error: { code: string }) => error.code);
        expect(await outcome).toBe('INVALID_OPTION');
      });
      expect(uncaught).toEqual([]);
      expect((await router.query('x')).reason).toBe('no-routes');
      await router.close();
    },
    5_000,
  );

  test.each(SIDES)('holds $side, where the encoder hangs', async ({ open }) => {
    const encoder = createHashEncoder();
    const router = await open({ encoder, storage: createMemoryStorage() });
    encoder.hold();
    expect(await codeOf(router.query('x', { timeoutMs: 1 }))).toBe('TIMEOUT');
    expect(await codeOf(router.queryMany(['x', 'y'], { timeoutMs: 1 }))).toBe('TIMEOUT');
    encoder.release();
    await router.close();
  });
});

describe.each(SIDES)('close with pending: drain, $side', ({ open }) => {
  test('answers what waits, applies and stores what was called, and refuses what comes later', async () => {
    const encoder = createHashEncoder();
    const storage = createTestStorage();
    const router = await open({ encoder, storage, batch: { maxBatchSize: 2 } });
    encoder.hold();
    const queries = Array.from({ length: 7 }, (_, i) => router.query(`q${i}`));
    const many = router.queryMany(['a', 'b', 'c', 'd', 'e']);
    const adding = router.addRoute({ name: 'a', utterances: ['one', 'two', 'three'] });
    while (encoder.runs.length < 2) await drain();
    const closing = router.close({ pending: 'drain' });
    expect(await codeOf(router.query('later'))).toBe('CLOSED');
    encoder.release();
    expect(await Promise.all(queries)).toHaveLength(7);
    expect(await many).toHaveLength(5);
    await (
      await adding
    ).durable;
    await closing;
    expect(storage.writes.flat()).toMatchObject([{ type: 'add-route', route: { name: 'a' } }]);
    expect(storage.closes).toBe(1);
  });

  test('of a wrong kind is INVALID_OPTION, and the router stays open', async () => {
    const storage = createTestStorage();
    const router = await open({ encoder: createHashEncoder(), storage });
    for (const options of [null, 'drain', { pending: 'later' }, { pending: null }]) {
      expect(await codeOf(attempt(() => router.close(options as CloseOptions)))).toBe('INVALID_OPTION');
    }
    expect((await router.query('x')).reason).toBe('no-routes');
    expect(storage.closes).toBe(0);
    await router.close();
    expect(storage.closes).toBe(1);
  });
});

describe('batch.cacheSize', () => {
  test('spares the encoder for a text that was asked before, and sees every change of the routes', async () => {
    const encoder = createHashEncoder({ maxLength: 20 });
    const router = await openRouter({ encoder, storage: createMemoryStorage(), batch: { cacheSize: 2 } });
    await router.addRoute({ name: 'a', utterances: ['red apple'] });
    const first = await router.query('red apple');
    const before = encoder.texts;
    expect(await router.query('red apple')).toEqual(first);
    await router.setThreshold('a', 1);
    await router.addRoute({ name: 'b', utterances: ['green apple'] });
    expect((await router.query('red apple')).candidates.map(({ route }) => route)).toEqual(['a', 'b']);
    await router.removeRoute('a');
    expect((await router.query('red apple')).candidates.map(({ route }) => route)).toEqual(['b']);
    expect(encoder.texts).toBe(before + 1);
    const long = 'a text that is longer than it reads';
    expect([(await router.query(long)).truncated, (await router.query(long)).truncated]).toEqual([true, true]);
    await router.close();
  });

  test('forgets what was used least recently, and 0 remembers nothing', async () => {
    for (const [cacheSize, runs] of [
      [2, ['a', 'b', 'c', 'b']],
      [0, ['a', 'b', 'a', 'c', 'a', 'b']],
    ] as const) {
      const encoder = createHashEncoder();
      const router = await openRouter({ encoder, storage: createMemoryStorage(), batch: { cacheSize } });
      for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) await router.query(text);
      expect(encoder.runs.flat()).toEqual(runs);
      await router.close();
    }
  });

  test('does not make an aborted or a late call succeed, and counts its answers', async () => {
    const router = await openRouter({
      encoder: createHashEncoder(),
      storage: createMemoryStorage(),
      batch: { cacheSize: 10 },
    });
    await router.query('x');
    await router.query('x');
    expect(await codeOf(router.query('x', { signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await router.status()).toMatchObject({ queries: 2, queryRuns: 1 });
    await router.close();
    expect(await codeOf(router.query('x'))).toBe('CLOSED');
  });
});

describe('what status says', () => {
  test('of batches: their sizes, waits and runs, and who was shed or aborted', async () => {
    const clock = createFakeClock();
    const encoder = createHashEncoder();
    const router = await openRouter({
      encoder,
      storage: createMemoryStorage(),
      clock,
      batch: { maxQueueSize: 3, maxWaitMs: 8 },
    });
    expect((await router.status()).batching).toEqual({ sizes: [], waitMs: null, runMs: null, shed: 0, aborted: 0 });
    const burst = [router.query('a'), router.query('b'), router.query('c')];
    expect(await codeOf(router.query('d'))).toBe('QUEUE_FULL');
    clock.runSoon();
    await Promise.all(burst);
    await drain();
    const signal = createCountingSignal();
    const lone = router.query('e');
    const gone = codeOf(router.query('f', { signal }));
    signal.abort();
    expect(await gone).toBe('ABORTED');
    clock.runSoon();
    clock.advance(8);
    await lone;
    await drain();
    expect((await router.status()).batching).toEqual({
      sizes: [0, 1, 0, 1],
      waitMs: { p50: 0, p99: 8 },
      runMs: { p50: 0, p99: 0 },
      shed: 1,
      aborted: 1,
    });
    await router.close();
  });

  test('of the index: its kernel, which changes no decision', async () => {
    const decisions = [];
    for (const kernel of ['auto', 'js'] as const) {
      const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage(), kernel });
      const texts = Array.from({ length: 400 }, (_, i) => `sentence ${i} of ${i % 7}`);
      await router.addRoute({ name: 'a', utterances: texts });
      await router.addRoute({ name: 'b', utterances: ['something else', 'sentence of 3'] });
      const { index } = await router.status();
      expect(index.kernel).toBe(kernel === 'js' ? 'js' : 'wasm-simd');
      expect(index.byteLength).toBeGreaterThan(402 * 64 * 4);
      const answers = await router.queryMany(['sentence 5', 'something', 'sentence of 3', '']);
      decisions.push(answers.map(({ route, utterance }) => [route, utterance]));
      await router.close();
    }
    expect(decisions[1]).toEqual(decisions[0]);
  });

  test('equal texts that share a run are encoded once, and each gets its decision', async () => {
    const encoder = createHashEncoder();
    const router = await openRouter({ encoder, storage: createMemoryStorage() });
    await router.addRoute({ name: 'a', utterances: ['red apple'] });
    const decisions = await router.queryMany(['red apple', 'pear', 'red apple', 'red apple', 'pear']);
    expect(decisions.map(({ route }) => route)).toEqual(['a', null, 'a', 'a', null]);
    expect(encoder.runs.at(-1)).toHaveLength(2);
    await router.close();
  });
});
