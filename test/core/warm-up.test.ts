/** What the first decision needs, made ready in spare time: the same decisions, sooner. */

import { RouterError, createMemoryStorage, openRouter, type Clock, type LocalRouter, type Storage } from 'synaptoroute';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LexicalIndex } from '../../src/core/lexical/lexical-index.ts';
import { createHashEncoder } from '../support/encoders.ts';

const ROUTES = 20;
const TEXTS = 100;

interface Stepped {
  readonly router: LocalRouter;
  /** Runs one slice of warming up; returns whether there was one. */
  readonly step: () => boolean;
}

/** A router whose clock is a millisecond further at every look, and whose warming up waits for `step`. */
async function openStepped(storage: Storage): Promise<Stepped> {
  const slices: (() => void)[] = [];
  let [time, isHeld] = [0, true];
  const clock: Clock = {
    now: () => time++,
    setTimeout,
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    soon: (callback) => void (isHeld ? slices.push(callback) : setImmediate(callback)),
  };
  const router = await openRouter({ encoder, storage, clock, warmUp: true });
  isHeld = false;
  const step = (): boolean => {
    const next = slices.shift();
    isHeld = true;
    next?.();
    isHeld = false;
    return next !== undefined;
  };
  return { router, step };
}

const encoder = createHashEncoder();

/** Where routes are kept; closing a router leaves them there. */
async function fill(): Promise<Storage> {
  const storage = { ...createMemoryStorage(), close: () => Promise.resolve() };
  const router = await openRouter({ encoder, storage });
  for (let route = 0; route < ROUTES; route++) {
    const utterances = Array.from({ length: TEXTS }, (_, i) => `topic ${route} said in the way of ${i * 7}`);
    await router.addRoute({ name: `route-${route}`, utterances });
  }
  await router.close();
  return storage;
}

function countReading(): () => number {
  const add = vi.spyOn(LexicalIndex.prototype, 'add');
  onTestFinished(() => add.mockRestore());
  return () => add.mock.calls.length;
}

async function change(router: LocalRouter): Promise<void> {
  await router.removeUtterances('route-3', ['topic 3 said in the way of 7']);
  await router.addUtterances('route-4', ['another thing altogether', 'topic 4 again']);
  await router.removeRoute('route-19');
  await router.addRoute({ name: 'late', utterances: ['come lately', 'come very late'] });
}

async function answers(router: LocalRouter): Promise<readonly unknown[]> {
  const texts = ['topic 3', 'said in the way of 7', 'another thing', 'come late', 'topic 11 said', 'nothing of it'];
  const decisions = await router.queryMany(texts);
  const thresholds = (await router.routes()).map(({ name, threshold }) => [name, threshold.toFixed(5)]);
  return [
    ...thresholds,
    ...decisions.map(({ route, score, confidence }) => [route, score?.toFixed(5), confidence?.toFixed(5)]),
  ];
}

test('reads all words in slices, and leaves nothing to the first query', async () => {
  const storage = await fill();
  const reading = countReading();
  const { router, step } = await openStepped(storage);
  expect(reading()).toBe(0);
  let slices = 0;
  for (let before = 0; step(); before = reading()) {
    slices++;
    expect(reading() - before).toBeLessThan(500);
  }
  expect(slices).toBeGreaterThan(4);
  expect(reading()).toBe(ROUTES * TEXTS);
  const cold = await openRouter({ encoder, storage });
  expect(await answers(router)).toEqual(await answers(cold));
  expect(reading()).toBe(2 * ROUTES * TEXTS);
});

test.each([0, 1, 3, 7, 20, 1_000])('decides as ever where routes change after slice %i', async (changedAfter) => {
  const { router, step } = await openStepped(await fill());
  for (let slices = 0; slices < changedAfter && step();) slices++;
  await change(router);
  while (step());
  const cold = await openRouter({ encoder, storage: await fill() });
  await change(cold);
  expect(await answers(router)).toEqual(await answers(cold));
});

test('ends with the router', async () => {
  const storage = await fill();
  const reading = countReading();
  const { router, step } = await openStepped(storage);
  step();
  const before = reading();
  expect(before).toBeGreaterThan(0);
  await router.close();
  while (step());
  expect(reading()).toBe(before);
});

test('leaves what fails to the first query, which says so', async () => {
  const { router, step } = await openStepped(await fill());
  const add = vi.spyOn(LexicalIndex.prototype, 'add').mockImplementation(() => {
    throw new RouterError('CAPACITY', 'no memory');
  });
  onTestFinished(() => add.mockRestore());
  expect([step(), step()]).toEqual([true, false]);
  await expect(router.query('topic 3')).rejects.toMatchObject({ code: 'CAPACITY' });
  add.mockRestore();
  const cold = await openRouter({ encoder, storage: await fill() });
  expect(await answers(router)).toEqual(await answers(cold));
});
