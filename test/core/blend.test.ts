/** The default rule: vectors and words blended, thresholds from the routes' own utterances, negatives, confidence. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type Route, type Router, type RouterOptions } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf } from '../support/promises.ts';
import { connectPair } from '../support/wire.ts';

const ROUTES: readonly Route[] = [
  {
    name: 'refund',
    utterances: ['I want my money back', 'please refund my order', 'give me a refund for this order'],
  },
  { name: 'hours', utterances: ['when do you open', 'are you open on Sunday', 'what are your opening hours'] },
];

async function open(options: Partial<RouterOptions> = {}, routes = ROUTES): Promise<Router> {
  const encoder = createHashEncoder({ dimensions: 64, defaultThreshold: 0.6 });
  const router = await openRouter({ encoder, storage: createMemoryStorage(), ...options });
  for (const route of routes) await router.addRoute(route);
  return router;
}

describe('words', () => {
  test('find what the vectors alone do not', async () => {
    // The test encoder's vectors of different sentences have nothing in common.
    const blended = await open();
    expect((await blended.query('a refund for my order please')).candidates[0]).toMatchObject({ route: 'refund' });
    expect((await blended.query('opening hours on Sunday')).candidates[0]).toMatchObject({ route: 'hours' });
  });

  test('survive a typo', async () => {
    const router = await open();
    expect((await router.query('refudn my ordre')).candidates[0]?.route).toBe('refund');
  });

  test('of an added utterance count at once, those of a removed one no longer', async () => {
    const router = await open();
    const before = (await router.query('parking lot')).candidates.find(({ route }) => route === 'hours');
    await router.addUtterances('hours', ['is the parking lot open']);
    const during = (await router.query('parking lot')).candidates.find(({ route }) => route === 'hours');
    await router.removeUtterances('hours', ['is the parking lot open']);
    const after = (await router.query('parking lot')).candidates.find(({ route }) => route === 'hours');
    expect(during?.score).toBeGreaterThan((before?.score as number) + 0.05);
    expect(after?.score).toBeCloseTo(before?.score as number, 5);
  });
});

describe('default thresholds', () => {
  test('come from the routes and say so; one that is given stays', async () => {
    const router = await open();
    await router.setThreshold('hours', 0.25);
    const [refund, hours] = await router.routes();
    expect(refund).toMatchObject({ thresholdFrom: 'calibration' });
    expect(hours).toMatchObject({ threshold: 0.25, thresholdFrom: 'route' });
    await router.setThreshold('hours', undefined);
    expect((await router.routes())[1]).toMatchObject({ thresholdFrom: 'calibration' });
  });

  test('are stricter for a route whose sentences are alike', async () => {
    const alike = Array.from({ length: 8 }, (_, i) => `turn the kitchen light on please ${i}`);
    const router = await open({}, [...ROUTES, { name: 'light', utterances: alike }]);
    const [refund, , light] = await router.routes();
    expect(light?.threshold).toBeGreaterThan((refund?.threshold as number) + 0.05);
  });

  test('turn away a text that has nothing to do with any route, and one without content', async () => {
    const router = await open();
    for (const text of ['qwzx vvkj', '', '   ', '?!…', '🙂']) {
      expect(await router.query(text)).toMatchObject({ reason: 'below-threshold', route: null });
    }
  });

  test('exist for a router of single utterances, where nothing can be learnt', async () => {
    const router = await open({}, [{ name: 'a', utterances: ['one sentence'] }]);
    expect(await router.query('one sentence')).toMatchObject({ route: 'a' });
    expect(await router.query('qwzx vvkj')).toMatchObject({ route: null });
  });
});

describe('negatives', () => {
  const trap = 'I do not want a refund';

  test('keep a lookalike away, are named in the decision, and leave the rest alone', async () => {
    const router = await open();
    await router.setThreshold('refund', 0);
    expect(await router.query(trap)).toMatchObject({ route: 'refund' });
    await router.addNegatives('refund', [trap]);
    const decision = await router.query(trap);
    expect(decision.route).not.toBe('refund');
    expect(decision.candidates.find(({ route }) => route === 'refund')).toMatchObject({
      passed: false,
      negative: trap,
    });
    expect(await router.query('please refund my order')).toMatchObject({ route: 'refund' });
    await router.removeNegatives('refund', [trap]);
    expect(await router.query(trap)).toMatchObject({ route: 'refund' });
  });

  test('come with a route, are listed, and are kept by storage', async () => {
    const encoder = createHashEncoder({ dimensions: 64, defaultThreshold: 0.6 });
    const storage = createMemoryStorage();
    const first = await openRouter({ encoder, storage });
    await first.addRoute({ ...(ROUTES[0] as Route), negatives: [trap, trap] });
    await first.close();
    const again = await openRouter({ encoder, storage });
    expect((await again.routes())[0]?.negatives).toEqual([trap]);
    expect((await again.query(trap)).candidates[0]).toMatchObject({ negative: trap });
    await again.close();
  });

  test('that are utterances, or utterances that are negatives, are INVALID_ROUTE and change nothing', async () => {
    const router = await open();
    const text = 'please refund my order';
    expect(await codeOf(router.addNegatives('refund', [trap, text]))).toBe('INVALID_ROUTE');
    expect((await router.routes())[0]?.negatives).toBeUndefined();
    expect(await codeOf(router.addRoute({ name: 'x', utterances: ['a b'], negatives: ['a b'] }))).toBe('INVALID_ROUTE');
    await router.addNegatives('refund', [trap]);
    expect(await codeOf(router.addUtterances('refund', [trap]))).toBe('INVALID_ROUTE');
    expect(await codeOf(router.removeNegatives('refund', ['no such']))).toBe('INVALID_ROUTE');
    expect(await codeOf(router.addNegatives('nobody', [trap]))).toBe('ROUTE_NOT_FOUND');
  });

  test('work over the wire', async () => {
    const { client } = await connectPair(() => open());
    await client.addNegatives('refund', [trap]);
    expect((await client.query(trap)).candidates.some(({ negative }) => negative === trap)).toBe(true);
    await client.removeNegatives('refund', [trap]);
    await client.close();
  });
});

describe('confidence', () => {
  test('is a probability, higher where the routes are far apart', async () => {
    const router = await open();
    const sure = await router.query('please refund my order');
    const unsure = await router.query('when can I get my money');
    expect(sure.confidence).toBeGreaterThan(unsure.confidence as number);
    for (const { confidence } of [sure, unsure]) {
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });
});

describe('ambiguity', () => {
  test('is what minMargin says: routes that pass and score no further apart', async () => {
    const router = await open({ minMargin: 2 });
    for (const name of ['refund', 'hours']) await router.setThreshold(name, -1);
    expect(await router.query('please refund my order')).toMatchObject({
      reason: 'ambiguous',
      route: null,
      tied: ['refund', 'hours'],
    });
  });

  test('a wrong rule or margin is INVALID_OPTION', async () => {
    expect(await codeOf(open({ rule: 'nearest' as never }))).toBe('INVALID_OPTION');
    expect(await codeOf(open({ minMargin: -1 }))).toBe('INVALID_OPTION');
    expect(await codeOf(open({ minMargin: NaN }))).toBe('INVALID_OPTION');
  });
});
