/** Any history of changes against a model that keeps texts in a plain list and scores in the plainest way. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryStorage, openRouter, RouterError, type Router, type RouterErrorCode } from 'synaptoroute';
import { createHashEncoder, hashVector } from '../support/encoders.ts';

interface ModelRoute {
  readonly name: string;
  readonly utterances: readonly string[];
  readonly threshold?: number | undefined;
}

type Change = (router: Router) => Promise<unknown>;

/** What a change does to the routes, or the code with which it is refused. */
type Effect = (routes: readonly ModelRoute[]) => readonly ModelRoute[] | RouterErrorCode;

interface Step {
  readonly title: string;
  readonly change: Change;
  readonly effect: Effect;
}

const DIMENSIONS = 12;
const DEFAULT_THRESHOLD = 0.4;
const WORDS = ['refund', 'open', 'crash', 'money', 'hours', 'login', 'card', 'late', 'door', 'app'];

const name = fc.constantFrom('a', 'b', 'c', 'd');
const text = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const texts = fc.array(text, { minLength: 1, maxLength: 6 });
const threshold = fc.option(fc.constantFrom(-1, 0, 0.25, 0.5, 1), { nil: undefined });

function only(
  routes: readonly ModelRoute[],
  key: string,
  change: (route: ModelRoute) => ModelRoute | RouterErrorCode,
): ReturnType<Effect> {
  const found = routes.find((route) => route.name === key);
  if (!found) return 'ROUTE_NOT_FOUND';
  const changed = change(found);
  return typeof changed === 'string' ? changed : routes.map((route) => (route === found ? changed : route));
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ name, utterances: texts, threshold }).map((route): Step => ({
    title: `add ${JSON.stringify(route)}`,
    change: (router) =>
      router.addRoute({
        name: route.name,
        utterances: route.utterances,
        ...(route.threshold !== undefined && { threshold: route.threshold }),
      }),
    effect: (routes) =>
      routes.some((one) => one.name === route.name)
        ? 'ROUTE_EXISTS'
        : [...routes, { ...route, utterances: [...new Set(route.utterances)] }],
  })),
  name.map((key): Step => ({
    title: `remove ${key}`,
    change: (router) => router.removeRoute(key),
    effect: (routes) =>
      routes.some((one) => one.name === key) ? routes.filter((one) => one.name !== key) : 'ROUTE_NOT_FOUND',
  })),
  fc.tuple(name, texts).map(([key, added]): Step => ({
    title: `add utterances ${key} ${added.join(', ')}`,
    change: (router) => router.addUtterances(key, added),
    effect: (routes) =>
      only(routes, key, (route) => ({ ...route, utterances: [...new Set([...route.utterances, ...added])] })),
  })),
  fc.tuple(name, fc.array(fc.nat(5), { minLength: 1, maxLength: 3 })).map(([key, picks]): Step => {
    // Sentences that exist are named by their place, for the generator does not know them.
    let gone: readonly string[] = [];
    return {
      title: `remove utterances ${key} ${picks.join(', ')}`,
      change: (router) => router.removeUtterances(key, gone),
      effect: (routes) => {
        const all = routes.find((route) => route.name === key)?.utterances ?? [];
        gone = picks.map((pick) => all[pick] ?? 'no such sentence');
        return only(routes, key, (route) => {
          if (gone.includes('no such sentence')) return 'INVALID_ROUTE';
          const left = all.filter((one) => !gone.includes(one));
          return left.length === 0 ? 'INVALID_ROUTE' : { ...route, utterances: left };
        });
      },
    };
  }),
  fc.tuple(name, threshold).map(([key, value]): Step => ({
    title: `threshold ${key} ${value}`,
    change: (router) => router.setThreshold(key, value),
    effect: (routes) => only(routes, key, (route) => ({ ...route, threshold: value })),
  })),
);

function score(query: string, utterance: string): number {
  const vector = hashVector(query, DIMENSIONS);
  return hashVector(utterance, DIMENSIONS).reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0);
}

async function expectDecision(router: Router, routes: readonly ModelRoute[], query: string): Promise<void> {
  const decision = await router.query(query);
  expect(decision.candidates).toHaveLength(routes.length);
  for (const candidate of decision.candidates) {
    const route = routes.find((one) => one.name === candidate.route) as ModelRoute;
    const best = Math.max(...route.utterances.map((utterance) => score(query, utterance)));
    expect(route.utterances).toContain(candidate.utterance);
    expect(candidate.score).toBeCloseTo(best, 5);
    expect(score(query, candidate.utterance)).toBeCloseTo(best, 5);
    expect(candidate.threshold).toBe(route.threshold ?? DEFAULT_THRESHOLD);
  }
  const scores = decision.candidates.map((candidate) => candidate.score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  const winner = decision.candidates.find(({ passed }) => passed);
  const tied = decision.candidates.filter(({ passed, score: theirs }) => passed && theirs === winner?.score);
  expect(decision.route).toBe(tied.length > 1 ? null : (winner?.route ?? null));
  expect(decision.reason === 'ambiguous').toBe(tied.length > 1);
}

test('after any history the router holds and decides what the model does, and so does one opened on its storage', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.array(text, { minLength: 1, maxLength: 2 }),
      async (steps, queries) => {
        const encoder = createHashEncoder({ dimensions: DIMENSIONS, defaultThreshold: DEFAULT_THRESHOLD });
        const storage = createMemoryStorage();
        const router = await openRouter({ encoder, storage, batch: { maxWaitMs: 0 }, rule: 'best-utterance' });
        let routes: readonly ModelRoute[] = [];
        let revision = 0;
        for (const { title, change, effect } of steps) {
          const expected = effect(routes);
          const outcome = await change(router).catch((error: RouterError) => error.code);
          if (typeof expected === 'string') {
            expect(outcome, title).toBe(expected);
          } else {
            expect(outcome, title).toMatchObject({ revision: ++revision });
            routes = expected;
          }
        }
        const snapshots = routes.map((route) => ({
          ...route,
          threshold: route.threshold ?? DEFAULT_THRESHOLD,
          thresholdFrom: route.threshold === undefined ? 'encoder' : 'route',
        }));
        expect(await router.routes()).toEqual(snapshots);
        expect(await router.status()).toMatchObject({
          routes: routes.length,
          utterances: routes.flatMap((route) => route.utterances).length,
          revision,
        });
        for (const query of queries) await expectDecision(router, routes, query);
        await router.close();

        const before = encoder.texts;
        const again = await openRouter({ encoder, storage, batch: { maxWaitMs: 0 }, rule: 'best-utterance' });
        expect(await again.routes()).toEqual(snapshots);
        expect(encoder.texts).toBe(before);
        for (const query of queries) await expectDecision(again, routes, query);
        await again.close();
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

function byName(a: { readonly route: string }, b: { readonly route: string }): number {
  return a.route.localeCompare(b.route);
}

test('after any history the default rule decides what it decides for the same routes in a fresh router', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), text, async (steps, query) => {
      const encoder = createHashEncoder({ dimensions: DIMENSIONS, defaultThreshold: DEFAULT_THRESHOLD });
      const storage = createMemoryStorage();
      const router = await openRouter({ encoder, storage, batch: { maxWaitMs: 0 } });
      let routes: readonly ModelRoute[] = [];
      for (const { change, effect } of steps) {
        const expected = effect(routes);
        await change(router).catch(() => undefined);
        if (typeof expected !== 'string') routes = expected;
        await router.query(query);
      }
      const decision = await router.query(query);
      await router.close();
      const fresh = await openRouter({ encoder, storage, batch: { maxWaitMs: 0 } });
      const expected = await fresh.query(query);
      await fresh.close();
      const wanted = expected.candidates.toSorted(byName);
      for (const [i, candidate] of decision.candidates.toSorted(byName).entries()) {
        expect(candidate.route).toBe(wanted[i]?.route);
        expect(candidate.score).toBeCloseTo(wanted[i]?.score as number, 5);
        expect(candidate.threshold).toBeCloseTo(wanted[i]?.threshold as number, 5);
      }
      expect(decision.confidence ?? 0).toBeCloseTo(expected.confidence ?? 0, 4);
    }),
    { numRuns: 60 },
  );
}, 60_000);
