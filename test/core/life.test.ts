/** A router's end, and what happens at once with it: every promise settles, nothing is left to crash the process. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type Clock, type Router, type RouterError } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { codeOf, drain, uncaughtDuring } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';
import { SIDES, type Side } from '../support/wire.ts';

const CALLS: readonly (readonly [string, (router: Router) => Promise<unknown>])[] = [
  ['query', (router) => router.query('x')],
  ['queryMany', (router) => router.queryMany(['x', 'y'])],
  ['encode', (router) => router.encode(['x', 'y'])],
  ['addRoute', (router) => router.addRoute({ name: 'b', utterances: ['y'] })],
  ['removeRoute', (router) => router.removeRoute('a')],
  ['addUtterances', (router) => router.addUtterances('a', ['z'])],
  ['removeUtterances', (router) => router.removeUtterances('a', ['x'])],
  ['setThreshold', (router) => router.setThreshold('a', 0)],
  ['routes', (router) => router.routes()],
  ['flush', (router) => router.flush()],
  ['status', (router) => router.status()],
];

async function openWithRoute(side: Side): Promise<Router> {
  const router = await side.open({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  await router.addRoute({ name: 'a', utterances: ['x', 'x x y'] });
  return router;
}

/** `fulfilled`, or the code of the error. */
async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'fulfilled',
    (error: RouterError) => error.code,
  );
}

describe.each(SIDES)('$side', (side) => {
  test.each(CALLS)('after close %s rejects with CLOSED', async (_, call) => {
    const router = await openWithRoute(side);
    await router.close();
    expect(await codeOf(call(router))).toBe('CLOSED');
  });

  test.each(CALLS)('%s rejects with CLOSED from the moment close is called', async (_, call) => {
    const router = await openWithRoute(side);
    const closing = router.close();
    expect(await codeOf(call(router))).toBe('CLOSED');
    await closing;
  });

  test('close may be called again and again, at once or later, and closes the storage once', async () => {
    const storage = createTestStorage();
    const encoder = createHashEncoder();
    const router = await side.open({ encoder, storage });
    await Promise.all([router.close(), router.close(), router.close()]);
    await router.close();
    expect(storage.closes).toBe(1);
    expect(encoder.closes).toBe(0);
  });

  test('await using closes it', async () => {
    const storage = createTestStorage();
    {
      await using router = await side.open({ encoder: createHashEncoder(), storage });
      await router.addRoute({ name: 'a', utterances: ['x'] });
    }
    expect(storage.closes).toBe(1);
  });

  test('close lets what runs end, and rejects what waits with CLOSED', async () => {
    const encoder = createHashEncoder();
    const storage = createTestStorage();
    const router = await side.open({ encoder, storage, batch: { maxBatchSize: 2 } });
    encoder.hold();
    const queries = Array.from({ length: 6 }, (_, i) => router.query(`q${i}`));
    const adding = router.addRoute({ name: 'a', utterances: ['one', 'two', 'three'] });
    while (encoder.runs.length < 2) await drain();
    const closing = router.close();
    const outcomes = Promise.all([...queries, adding].map(outcomeOf));
    for (let i = 0; i < 5; i++) await drain();
    encoder.release();
    await closing;
    expect(await outcomes).toEqual(['fulfilled', 'fulfilled', 'CLOSED', 'CLOSED', 'CLOSED', 'CLOSED', 'CLOSED']);
    expect(storage.writes).toEqual([]);
  });

  test('a route whose texts all run when close is called is added whole and durable', async () => {
    const encoder = createHashEncoder();
    const storage = createMemoryStorage();
    const router = await side.open({ encoder, storage });
    encoder.hold();
    const adding = router.addRoute({ name: 'a', utterances: ['one', 'two', 'three'] });
    while (encoder.runs.length < 1) await drain();
    const closing = router.close();
    for (let i = 0; i < 5; i++) await drain();
    encoder.release();
    const receipt = await adding;
    await receipt.durable;
    await closing;
    const again = await openRouter({ encoder, storage });
    expect((await again.routes())[0]?.utterances).toEqual(['one', 'two', 'three']);
    await again.close();
  });

  test('every call settles, whatever is called at once and whenever close comes', async () => {
    const codes = new Set(['fulfilled', 'CLOSED', 'ROUTE_NOT_FOUND', 'INVALID_ROUTE', 'ROUTE_EXISTS', 'ABORTED']);
    for (let closeAt = 0; closeAt <= 60; closeAt += 6) {
      const router = await openWithRoute(side);
      const abort = new AbortController();
      const outcomes: Promise<string>[] = [];
      let closing: Promise<void> | undefined;
      for (let i = 0; i < 60; i++) {
        if (i === closeAt) closing = router.close();
        if (i === 40) abort.abort();
        const call = CALLS[i % CALLS.length]?.[1] as (router: Router) => Promise<unknown>;
        outcomes.push(outcomeOf(call(router)), outcomeOf(router.query(`q ${i}`, { signal: abort.signal })));
        if (i % 7 === 0) await drain();
      }
      await (closing ?? router.close());
      for (const outcome of await Promise.all(outcomes)) expect(codes).toContain(outcome);
    }
  });

  test('a route that is removed while a query for it is encoded is no candidate', async () => {
    const encoder = createHashEncoder();
    const router = await side.open({ encoder, storage: createMemoryStorage() });
    await router.addRoute({ name: 'a', utterances: ['x'] });
    await router.addRoute({ name: 'b', utterances: ['y'] });
    encoder.hold();
    const query = router.query('x');
    while (encoder.runs.at(-1)?.[0] !== 'x' || encoder.runs.length < 3) await drain();
    await router.removeRoute('a');
    encoder.release();
    const decision = await query;
    expect(decision.candidates.map(({ route }) => route)).toEqual(['b']);
    await router.close();
  });

  test('rejections that nobody looks at crash nothing', async () => {
    const uncaught = await uncaughtDuring(async () => {
      const storage = createTestStorage();
      const encoder = createHashEncoder();
      const router = await side.open({ encoder, storage });
      const abort = new AbortController();
      const ignored: Promise<unknown>[] = [];
      await router.addRoute({ name: 'a', utterances: ['x'] });
      storage.failWith(new Error('disk full'));
      // The receipts' `durable` and the inner promises of calls whose outer promise is looked at.
      await router.addUtterances('a', ['y']);
      await router.setThreshold('a', 0.1);
      encoder.failNext(new Error('broken'));
      ignored.push(
        router.queryMany(
          Array.from({ length: 100 }, (_, i) => `text ${i}`),
          { signal: abort.signal },
        ),
      );
      ignored.push(router.addRoute({ name: 'b', utterances: ['z', 'zz'] }, { signal: abort.signal }));
      ignored.push(router.query('x', { signal: abort.signal }), router.flush());
      abort.abort();
      ignored.push(router.removeRoute('none'), router.close());
      await Promise.allSettled(ignored);
    });
    expect(uncaught).toEqual([]);
  });

  test('many calls that share one signal cause no warning about leaking listeners', async () => {
    const router = await openWithRoute(side);
    const warnings: string[] = [];
    const watch = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', watch);
    const { signal } = new AbortController();
    await router.queryMany(
      Array.from({ length: 50 }, (_, i) => `text ${i}`),
      { signal },
    );
    await router.addRoute({ name: 'many', utterances: Array.from({ length: 50 }, (_, i) => `text ${i}`) }, { signal });
    await drain();
    process.off('warning', watch);
    expect(warnings).toEqual([]);
    await router.close();
  });
});

describe('on a clock moved by hand', () => {
  test('the router passes its clock to its queues: no query goes before its time', async () => {
    const clock = createFakeClock();
    const encoder = createHashEncoder();
    const router = await openRouter({ encoder, storage: createMemoryStorage(), clock, batch: { maxWaitMs: 7 } });
    const burst = [router.query('a'), router.query('b'), router.query('c')];
    expect(encoder.runs).toHaveLength(0);
    clock.runSoon();
    await Promise.all(burst);
    await drain();
    const late = router.query('d');
    clock.runSoon();
    clock.advance(6.9);
    expect([encoder.runs.length, (await router.status()).queued]).toEqual([1, 1]);
    clock.advance(0.1);
    await late;
    expect(await router.status()).toMatchObject({ queued: 0, queries: 4, queryRuns: 2 });
    await router.close();
  });

  test('the decisions of many texts, and reports on them, let go first what waits', async () => {
    const encoder = createHashEncoder();
    let time = 0;
    const pauses: number[] = [];
    const clock: Clock = {
      ...createFakeClock(),
      // Every look at it is 25 ms later, more than a slice.
      now: () => (time += 25),
      soon(callback) {
        pauses.push(time);
        setImmediate(callback);
      },
    };
    const router = await openRouter({ encoder, storage: createMemoryStorage(), clock, batch: { maxBatchSize: 512 } });
    await router.addRoute({ name: 'a', utterances: ['text 7', 'text 8'] });
    const texts = Array.from({ length: 320 }, (_, i) => `text ${i}`);
    const samples = texts.map((text) => ({ text, route: null }));
    const changes = [{ removeRoute: 'a' }];
    for (const [slices, call] of [
      [10, () => router.queryMany(texts)],
      [10, () => router.evaluate(samples)],
      [20, () => router.replay(texts, changes)],
    ] as const) {
      pauses.length = 0;
      await call();
      expect(pauses.length).toBeGreaterThanOrEqual(slices);
    }
    const abort = new AbortController();
    const runs = encoder.runs.length;
    const aborted = codeOf(router.evaluate(samples, { signal: abort.signal }));
    while (encoder.runs.length === runs) await drain();
    pauses.length = 0;
    while (pauses.length < 3) await drain();
    abort.abort();
    expect(await aborted).toBe('ABORTED');
    await router.close();
  });

  test('ten thousand utterances do not stand before one query', async () => {
    const clock = createFakeClock();
    const encoder = createHashEncoder();
    const router = await openRouter({ encoder, storage: createMemoryStorage(), clock });
    const adding = router.addRoute({ name: 'a', utterances: Array.from({ length: 10_000 }, (_, i) => `text ${i}`) });
    clock.runSoon();
    const query = router.query('the query');
    clock.runSoon();
    await query;
    expect(encoder.runs.findIndex((run) => run.includes('the query'))).toBeLessThan(3);
    const state = { added: false };
    void adding.finally(() => Object.assign(state, { added: true }));
    while (!state.added) {
      clock.runSoon();
      clock.advance(5);
      await drain();
    }
    expect((await router.status()).utterances).toBe(10_000);
    await router.close();
  });
});
