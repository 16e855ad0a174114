/** SynaptoRoute 0.2's rule, on vectors whose cosines are known: who wins, by how much, and what the decision says. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type Metadata, type Route, type Router } from 'synaptoroute';
import { createGivenEncoder } from '../support/encoders.ts';

/** A unit vector whose cosine with `x` is the given one. */
function at(cosine: number): readonly number[] {
  return [cosine, Math.sqrt(1 - cosine ** 2)];
}

// float32 knows these five exactly, so equality can be tested.
const VECTORS = {
  query: [1, 0],
  same: [1, 0],
  same2: [1, 0],
  half: at(0.5),
  none: [0, 1],
  against: [-1, 0],
  near: at(0.9),
  mid: at(0.7),
  mid2: at(0.7),
  far: at(0.2),
  blank: [0, 0],
};

async function openOn(routes: readonly Route[], defaultThreshold = 0.5): Promise<Router> {
  const encoder = createGivenEncoder(VECTORS, { id: 'plane', defaultThreshold });
  const router = await openRouter({ encoder, storage: createMemoryStorage(), rule: 'best-utterance' });
  for (const route of routes) await router.addRoute(route);
  return router;
}

describe('who wins', () => {
  test('a router without routes decides no-routes, with nothing to weigh', async () => {
    const router = await openOn([]);
    expect(await router.query('query')).toEqual({
      reason: 'no-routes',
      route: null,
      score: null,
      threshold: null,
      utterance: null,
      margin: null,
      confidence: null,
      tied: [],
      candidates: [],
      truncated: false,
      encoderId: 'plane',
    });
  });

  test('the best utterance of a route counts, and the decision names it', async () => {
    const router = await openOn([
      { name: 'a', utterances: ['far', 'near', 'none'] },
      { name: 'b', utterances: ['mid'] },
    ]);
    const decision = await router.query('query');
    expect(decision).toMatchObject({ reason: 'matched', route: 'a', utterance: 'near', threshold: 0.5 });
    expect(decision.score).toBeCloseTo(0.9, 6);
    expect(decision.margin).toBeCloseTo(0.2, 6);
  });

  test('a score equal to the threshold passes', async () => {
    const router = await openOn([{ name: 'a', utterances: ['same'], threshold: 1 }]);
    expect(await router.query('query')).toMatchObject({ reason: 'matched', route: 'a', score: 1, threshold: 1 });
    await router.addRoute({ name: 'b', utterances: ['half'], threshold: 0.5 });
    await router.removeRoute('a');
    expect(await router.query('query')).toMatchObject({ reason: 'matched', route: 'b', score: 0.5 });
    await router.setThreshold('b', 0.500_000_1);
    expect(await router.query('query')).toMatchObject({ reason: 'below-threshold', route: null, score: 0.5 });
  });

  test('0 and -1 are thresholds, not absences', async () => {
    const router = await openOn([{ name: 'a', utterances: ['none'], threshold: 0 }]);
    expect(await router.query('query')).toMatchObject({ reason: 'matched', route: 'a', score: 0, threshold: 0 });
    await router.addRoute({ name: 'b', utterances: ['against'], threshold: -1 });
    await router.removeRoute('a');
    expect(await router.query('query')).toMatchObject({ reason: 'matched', route: 'b', score: -1, threshold: -1 });
    await router.setThreshold('b', 0);
    expect((await router.query('query')).reason).toBe('below-threshold');
  });

  test('a strict route that misses lets a laxer one with a lower score through, with a negative margin', async () => {
    const router = await openOn([
      { name: 'strict', utterances: ['near'], threshold: 0.95 },
      { name: 'lax', utterances: ['mid'], threshold: 0.6 },
      { name: 'low', utterances: ['far'], threshold: -1 },
    ]);
    const decision = await router.query('query');
    expect(decision).toMatchObject({ reason: 'matched', route: 'lax', utterance: 'mid' });
    expect(decision.margin).toBeCloseTo(-0.2, 6);
    expect(decision.candidates.map(({ route, passed }) => [route, passed])).toEqual([
      ['strict', false],
      ['lax', true],
      ['low', true],
    ]);
  });

  test('where nothing wins the decision describes the best candidate, and the margin is that of the two best', async () => {
    const router = await openOn([
      { name: 'a', utterances: ['far'] },
      { name: 'b', utterances: ['mid'], threshold: 0.8 },
      { name: 'c', utterances: ['near'], threshold: 1 },
    ]);
    const decision = await router.query('query');
    expect(decision).toMatchObject({ reason: 'below-threshold', route: null, utterance: 'near', threshold: 1 });
    expect(decision.score).toBeCloseTo(0.9, 6);
    expect(decision.margin).toBeCloseTo(0.2, 6);
    expect('metadata' in decision).toBe(false);
  });

  test('with one route there is no margin', async () => {
    const router = await openOn([{ name: 'a', utterances: ['near', 'far'] }]);
    expect((await router.query('query')).margin).toBeNull();
    await router.setThreshold('a', 1);
    expect((await router.query('query')).margin).toBeNull();
  });

  test('equal scores keep the order of addition, also after a removal gave a place free', async () => {
    const router = await openOn([
      { name: 'first', utterances: ['mid'] },
      { name: 'gone', utterances: ['near'] },
      { name: 'second', utterances: ['mid2'] },
    ]);
    await router.removeRoute('gone');
    await router.addRoute({ name: 'third', utterances: ['mid'] });
    const decision = await router.query('query');
    expect(decision).toMatchObject({ reason: 'ambiguous', tied: ['first', 'second', 'third'], margin: 0 });
    expect(decision.candidates.map(({ route }) => route)).toEqual(['first', 'second', 'third']);
    await router.removeRoute('first');
    await router.addRoute({ name: 'first', utterances: ['mid'] });
    const later = await router.query('query');
    expect(later.candidates.map(({ route }) => route)).toEqual(['second', 'third', 'first']);
  });

  test('two routes that pass with the same score are ambiguous, and one of them alone is not', async () => {
    const router = await openOn([
      { name: 'strict', utterances: ['same'], threshold: 1 },
      { name: 'twin', utterances: ['same2'], threshold: 0 },
    ]);
    expect(await router.query('query')).toMatchObject({ reason: 'ambiguous', tied: ['strict', 'twin'], margin: 0 });
    await router.setThreshold('twin', 1);
    await router.addUtterances('twin', ['mid']);
    await router.removeUtterances('twin', ['same2']);
    expect(await router.query('query')).toMatchObject({ reason: 'matched', route: 'strict' });
  });

  test('a query without content scores 0 with every route and wins only where 0 passes', async () => {
    const router = await openOn([{ name: 'a', utterances: ['same'] }]);
    expect(await router.query('blank')).toMatchObject({ reason: 'below-threshold', score: 0, utterance: 'same' });
    await router.setThreshold('a', 0);
    expect(await router.query('blank')).toMatchObject({ reason: 'matched', route: 'a', score: 0 });
  });
});

describe('the candidates', () => {
  test('are all routes, best first, each with its threshold, its best utterance and whether it passed', async () => {
    const names = Object.keys(VECTORS).filter((name) => name !== 'query' && name !== 'blank');
    const router = await openOn(names.map((name) => ({ name, utterances: [name] })));
    const { candidates } = await router.query('query');
    expect(candidates.map(({ route }) => route)).toEqual([
      'same',
      'same2',
      'near',
      'mid',
      'mid2',
      'half',
      'far',
      'none',
      'against',
    ]);
    for (const { route, utterance, score, threshold, passed } of candidates) {
      expect(utterance).toBe(route);
      expect(threshold).toBe(0.5);
      expect(passed).toBe(score >= threshold);
      expect(score).toBeGreaterThanOrEqual(-1);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  test('one route with many near utterances hides no other (fault 11)', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `near ${i}`);
    const vectors = Object.fromEntries(many.map((text) => [text, at(0.9)]));
    const encoder = createGivenEncoder({ ...VECTORS, ...vectors });
    const router = await openRouter({ encoder, storage: createMemoryStorage(), rule: 'best-utterance' });
    await router.addRoute({ name: 'crowd', utterances: many, threshold: 1 });
    await router.addRoute({ name: 'single', utterances: ['mid'] });
    expect(await router.query('query')).toMatchObject({ route: 'single', candidates: { length: 2 } });
  });

  test('are the caller’s own: changing a decision changes no later one', async () => {
    const router = await openOn([{ name: 'a', utterances: ['near'], metadata: { team: 'x' } }]);
    const first = await router.query('query');
    const kept = structuredClone(first);
    (first.candidates as unknown[]).length = 0;
    Object.assign(first, { route: 'changed' });
    expect(await router.query('query')).toEqual(kept);
  });
});

describe('threshold in force', () => {
  test('a route that names none has the encoder’s, and setThreshold(undefined) returns to it', async () => {
    const router = await openOn([{ name: 'a', utterances: ['mid'] }], 0.75);
    expect(await router.query('query')).toMatchObject({ reason: 'below-threshold', threshold: 0.75 });
    await router.setThreshold('a', 0.6);
    expect(await router.query('query')).toMatchObject({ reason: 'matched', threshold: 0.6 });
    await router.setThreshold('a', undefined);
    expect(await router.query('query')).toMatchObject({ reason: 'below-threshold', threshold: 0.75 });
    expect(await router.routes()).toEqual([
      { name: 'a', utterances: ['mid'], threshold: 0.75, thresholdFrom: 'encoder' },
    ]);
  });
});

describe('metadata', () => {
  test('is copied: what the caller does to its own object later changes nothing (fault 7)', async () => {
    const metadata = { team: 'billing', tags: ['a', { deep: true }] };
    const utterances = ['mid', 'far'];
    const route = { name: 'a', utterances, threshold: 0.5, metadata };
    const router = await openOn([]);
    const adding = router.addRoute(route);
    metadata.team = 'changed';
    metadata.tags.push('more');
    utterances.push('near');
    route.name = 'b';
    route.threshold = 1;
    await adding;
    const expected = { team: 'billing', tags: ['a', { deep: true }] };
    expect(await router.query('query')).toMatchObject({
      route: 'a',
      utterance: 'mid',
      threshold: 0.5,
      metadata: expected,
    });
    expect(await router.routes()).toEqual([
      { name: 'a', utterances: ['mid', 'far'], threshold: 0.5, thresholdFrom: 'route', metadata: expected },
    ]);
  });

  test('is frozen to its depths in decisions and in routes()', async () => {
    const router = await openOn([{ name: 'a', utterances: ['near'], metadata: { list: [{ inner: [1] }], text: 'x' } }]);
    const decision = await router.query('query');
    const found = [(await router.routes())[0]?.metadata, 'metadata' in decision ? decision.metadata : undefined];
    for (const metadata of found as Metadata[]) {
      const list = metadata['list'] as { inner: number[] }[];
      expect(() => Object.assign(metadata, { text: 'y' })).toThrow(TypeError);
      expect(() => list.push({ inner: [] })).toThrow(TypeError);
      expect(() => list[0]?.inner.push(2)).toThrow(TypeError);
    }
  });

  test('keeps what JSON can hold, drops undefined, mends lone surrogates, and comes back with the winner', async () => {
    const metadata = {
      n: 0,
      f: -1.5,
      t: true,
      z: null,
      s: 'ü🙂',
      bad: '\ud800',
      l: [1, [2]],
      o: { k: {} },
      u: undefined,
    };
    const router = await openOn([{ name: 'a', utterances: ['near'], metadata: metadata as unknown as Metadata }]);
    const { u: _, ...kept } = metadata;
    expect(await router.query('query')).toMatchObject({ metadata: { ...kept, bad: '\ufffd' } });
    const [route] = await router.routes();
    expect(Object.keys(route?.metadata ?? {})).toEqual(Object.keys(kept));
  });

  test('an empty object is metadata, and a route without any has none', async () => {
    const router = await openOn([{ name: 'a', utterances: ['near'], metadata: {} }]);
    expect(await router.query('query')).toMatchObject({ metadata: {} });
    await router.removeRoute('a');
    await router.addRoute({ name: 'a', utterances: ['near'] });
    expect('metadata' in (await router.query('query'))).toBe(false);
  });

  test('a route’s object may be a proxy or have a null prototype', async () => {
    const bare = Object.assign(Object.create(null) as object, { k: 1 }) as Metadata;
    const router = await openOn([{ name: 'a', utterances: ['near'], metadata: bare }]);
    await router.addRoute(new Proxy({ name: 'b', utterances: ['far'], metadata: { k: 2 } }, {}));
    expect((await router.routes()).map(({ metadata }) => metadata)).toEqual([{ k: 1 }, { k: 2 }]);
  });
});
