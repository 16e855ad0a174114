/** Statistics that must be made anew: in slices, once for all who need them, and for exactly the routes that are decided by. */

import { createMemoryStorage, openRouter, type BatchOptions, type Clock, type LocalRouter } from 'synaptoroute';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LexicalIndex } from '../../src/core/lexical/lexical-index.ts';
import { createHashEncoder } from '../support/encoders.ts';
import { attempt, codeOf } from '../support/promises.ts';

const ROUTES = 20;
const TEXTS = 100;
/** A slice is 10 ms, and the clock goes 5 ms further at every look. */
const LEAST_TURNS = 10;

const encoder = createHashEncoder();
const utterances = (route: number): string[] =>
  Array.from({ length: TEXTS }, (_, i) => `topic ${route} said in the way of ${i * 7}`);
const LATE = { name: 'late', utterances: Array.from({ length: TEXTS }, (_, i) => `come lately by train ${i}`) };

interface Opened {
  readonly router: LocalRouter;
  /** Keeps what is to run soon until it is called without an argument, or with `true`. */
  readonly hold: (isHeld: boolean) => void;
  /** Runs one thing that was to run soon; returns whether there was one. */
  readonly step: () => boolean;
}

async function open(batch: BatchOptions = {}): Promise<Opened> {
  const waiting: (() => void)[] = [];
  let [time, isHeld] = [0, false];
  const clock: Clock = {
    now: () => (time += 5),
    setTimeout,
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    soon: (callback) => void (isHeld ? waiting.push(callback) : setImmediate(callback)),
  };
  const router = await openRouter({ encoder, storage: createMemoryStorage(), clock, batch });
  onTestFinished(() => router.close());
  await Promise.all(
    Array.from({ length: ROUTES }, (_, i) => router.addRoute({ name: `route-${i}`, utterances: utterances(i) })),
  );
  return {
    router,
    hold(next) {
      isHeld = next;
      if (!next) for (const callback of waiting.splice(0)) setImmediate(callback);
    },
    step() {
      const next = waiting.shift();
      next?.();
      return next !== undefined;
    },
  };
}

/** How many turns other work had until a call settled. */
async function countTurns(call: () => Promise<unknown>): Promise<number> {
  let [turns, isOver] = [0, false];
  const tick = (): void => {
    turns++;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  await call();
  isOver = true;
  return turns;
}

async function answers(router: LocalRouter): Promise<readonly unknown[]> {
  const texts = ['topic 3', 'said in the way of 7', 'another thing', 'come by train', 'topic 11 said', 'nothing of it'];
  return [await router.queryMany(texts), await router.routes()];
}

const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

const calls: readonly (readonly [string, (router: LocalRouter) => Promise<unknown>])[] = [
  ['query', (router) => router.query('topic 3')],
  ['query of a text that is cached', (router) => router.query('topic 7')],
  ['queryMany', (router) => router.queryMany(['topic 3', 'topic 4'])],
  ['routes', (router) => router.routes()],
  ['explain', (router) => router.explain('topic 3')],
  ['evaluate', (router) => router.evaluate([{ text: 'topic 3', route: 'route-3' }])],
  ['feedback', (router) => router.feedback('topic 3', { expected: 'route-3' })],
];

test.each(calls)('%s lets other work go on while statistics are made anew after changes', async (_, call) => {
  const { router } = await open({ cacheSize: 10 });
  await router.query('topic 7');
  await router.addRoute(LATE);
  expect(await countTurns(() => call(router))).toBeGreaterThan(LEAST_TURNS);
});

test.each([
  ['reload', (router: LocalRouter) => router.reload()],
  ['importFile', async (router: LocalRouter) => router.importFile(await router.exportFile())],
  ['setEncoder', (router: LocalRouter) => router.setEncoder(createHashEncoder({ dimensions: 32 }))],
] as const)('a query lets other work go on after %s', async (_, change) => {
  const { router } = await open();
  await router.query('topic 7');
  await change(router);
  expect(await countTurns(() => router.query('topic 3'))).toBeGreaterThan(LEAST_TURNS);
});

test('lint, fit and replay let other work go on in more turns where statistics are to be made', async () => {
  const { router } = await open();
  const texts = ['topic 3'];
  for (const call of [
    () => router.lint(),
    () => router.fit(),
    () => router.replay(texts, [{ removeRoute: 'route-3' }]),
  ]) {
    await router.addRoute(LATE);
    const anew = await countTurns(call);
    await router.removeRoute(LATE.name);
    expect(anew).toBeGreaterThan(LEAST_TURNS);
  }
});

test('all who ask meanwhile share one preparation', async () => {
  const { router } = await open({ cacheSize: 10 });
  const refreshing = vi.spyOn(LexicalIndex.prototype, 'refresh');
  onTestFinished(() => refreshing.mockRestore());
  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => router.query(`topic ${i}`)),
    router.routes(),
    router.explain('topic 1'),
    router.queryMany(['topic 1', 'topic 2']),
  ]);
  expect(refreshing).toHaveBeenCalledTimes(1);
});

test('a query that waits is decided by the routes that its statistics are of; a change comes after it', async () => {
  const { router, hold, step } = await open();
  const before = await answers((await open()).router);
  for (const stepsBefore of [1, 2, 5, 30]) {
    hold(true);
    const asked = answers(router);
    await settle();
    for (let i = 0; i < stepsBefore && step(); i++) await settle();
    const order: string[] = [];
    const answered = asked.then(() => order.push('answered'));
    const changed = router.addRoute(LATE).then(() => order.push('changed'));
    await settle();
    hold(false);
    await Promise.all([answered, changed]);
    expect(await asked).toEqual(before);
    const { router: fresh } = await open();
    await fresh.addRoute(LATE);
    expect(await answers(router)).toEqual(await answers(fresh));
    await router.removeRoute(LATE.name);
  }
});

test('a writer that never rests starves no query', async () => {
  const { router } = await open();
  const asking = { isOver: false };
  let changes = 0;
  const writing = (async () => {
    while (!asking.isOver) {
      await router.addRoute(LATE);
      await router.removeRoute(LATE.name);
      changes += 2;
    }
  })();
  for (let i = 0; i < 5; i++) await router.query(`topic ${i}`);
  asking.isOver = true;
  await writing;
  expect(changes).toBeGreaterThan(0);
});

test('queries that never rest starve no writer', async () => {
  const { router } = await open();
  const writing = { isOver: false };
  const asking = (async () => {
    while (!writing.isOver) await router.query('topic 3');
  })();
  for (let i = 0; i < 5; i++) {
    await router.addRoute(LATE);
    await router.removeRoute(LATE.name);
  }
  writing.isOver = true;
  await asking;
});

test('a change that is aborted while it waits for a preparation is never applied', async () => {
  const { router, hold, step } = await open();
  hold(true);
  const asked = router.routes();
  await settle();
  step();
  const controller = new AbortController();
  const changing = codeOf(attempt(() => router.addRoute(LATE, { signal: controller.signal })));
  await settle();
  controller.abort();
  expect(await changing).toBe('ABORTED');
  hold(false);
  await asked;
  expect((await router.routes()).map(({ name }) => name)).not.toContain(LATE.name);
});

test('calls that wait for a preparation can be aborted, and the others have their answers', async () => {
  const { router, hold } = await open();
  hold(true);
  const other = router.routes();
  const controller = new AbortController();
  const { signal } = controller;
  const codes = [
    codeOf(attempt(() => router.queryMany(['topic 3'], { signal }))),
    codeOf(attempt(() => router.explain('topic 3', { signal }))),
    codeOf(attempt(() => router.evaluate([{ text: 'topic 3', route: null }], { signal }))),
  ];
  await settle();
  controller.abort();
  expect(await Promise.all(codes)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  hold(false);
  expect(await other).toHaveLength(ROUTES);
});

test('a preparation that fails rejects who waits for it, and the next call begins again', async () => {
  const { router } = await open();
  const refresh = vi.spyOn(LexicalIndex.prototype, 'refresh').mockImplementation(function* fail() {
    yield undefined;
    throw new RangeError('no memory');
  });
  await expect(Promise.all([router.query('topic 3'), router.routes()])).rejects.toThrow('no memory');
  refresh.mockRestore();
  expect(await answers(router)).toEqual(await answers((await open()).router));
});

test('a router that is closed while a query waits settles both', async () => {
  const { router } = await open();
  const asked = attempt(() => router.routes());
  const other = router.query('topic 3').then(
    () => 'answered',
    () => 'refused',
  );
  await router.close();
  await asked;
  expect(['answered', 'refused']).toContain(await other);
});
