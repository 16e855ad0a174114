/** What a fit does to decisions, and what it takes: samples, seeds, aborts, storage, drift. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type Decision, type FitOptions, type Router } from 'synaptoroute';
import { decodeFit, encodeFit } from '../../src/core/fit/fit.ts';
import { createRandom } from '../../bench/measure.ts';
import { codeOf } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';
import type { Encoder } from '../../src/core/types.ts';

const DIMENSIONS = 24;
const ROUTES = ['red', 'green', 'blue', 'gold', 'grey'];

/** Texts such as "red 7" lie in a cloud of their route; the clouds overlap. "x 3" lies anywhere. */
function createCloudEncoder(): Encoder {
  return {
    id: 'clouds',
    dimensions: DIMENSIONS,
    defaultThreshold: 0.5,
    async encode(texts) {
      return { vectors: Float32Array.from(texts.flatMap(vectorOf)) };
    },
  };
}

function vectorOf(text: string): readonly number[] {
  const [name = '', number = '0'] = text.split(' ');
  const route = ROUTES.indexOf(name);
  const random = createRandom(Number(number) * 7 + route + 100);
  const values = Array.from({ length: DIMENSIONS }, (_, d) => gauss(random) + (d === route ? 4 : 0));
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function textsOf(name: string, from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${from + i}`);
}

async function fill(router: Router, count = 20): Promise<Router> {
  for (const name of ROUTES) await router.addRoute({ name, utterances: textsOf(name, 0, count) });
  return router;
}

function open(storage = createMemoryStorage()): Promise<Router> {
  return openRouter({ encoder: createCloudEncoder(), storage });
}

async function accuracy(router: Router): Promise<number> {
  const texts = ROUTES.flatMap((name) => textsOf(name, 1_000, 40));
  const decisions = await router.queryMany(texts);
  return decisions.filter((decision, i) => decision.candidates[0]?.route === ROUTES[Math.floor(i / 40)]).length / 200;
}

describe.each(SIDES)('fitting $side', ({ open: openSide }) => {
  const opened = async (): Promise<Router> =>
    fill(await openSide({ encoder: createCloudEncoder(), storage: createMemoryStorage() }));

  test('is in force at once, reported, durable, and dropped on demand', async () => {
    const router = await opened();
    expect((await router.status()).fit).toEqual({ state: 'none', changedUtterances: 0 });
    const before = await accuracy(router);
    const report = await router.fit();
    await report.durable;
    expect((await router.status()).fit).toEqual({ state: 'in-force', changedUtterances: 0 });
    expect(await accuracy(router)).toBeGreaterThanOrEqual(before);
    expect(report).toMatchObject({ judged: 100, minConfidence: 0, unjudged: [], outOfScopeRecall: null });
    expect(report.accuracy).toBeGreaterThan(0.8);
    expect(report.routes.map(({ route, samples }) => [route, samples])).toEqual(ROUTES.map((name) => [name, 20]));
    expect((await router.routes())[0]?.thresholdFrom).toBe('fit');
    await (
      await router.dropFit()
    ).durable;
    expect((await router.status()).fit.state).toBe('none');
    expect(await accuracy(router)).toBe(before);
    await router.close();
  });

  test('refuses what it cannot learn from, and leaves everything as it was', async () => {
    const router = await opened();
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ maxErrorRate: 0 }, 'INVALID_OPTION'],
      [{ maxErrorRate: 1 }, 'INVALID_OPTION'],
      [{ folds: 1 }, 'INVALID_OPTION'],
      [{ samples: 'texts' }, 'INVALID_OPTION'],
      [{ samples: [{ text: 'red 1', route: 'nobody' }] }, 'ROUTE_NOT_FOUND'],
      [{ samples: [{ text: 7, route: 'red' }] }, 'INVALID_QUERY'],
    ];
    for (const [options, code] of wrong) expect(await codeOf(router.fit(options as FitOptions))).toBe(code);
    expect((await router.status()).fit.state).toBe('none');
    await router.close();
    const other = await openSide({ encoder: createCloudEncoder(), storage: createMemoryStorage(), rule: 'centroid' });
    expect(await codeOf((await fill(other)).fit())).toBe('UNSUPPORTED');
    await other.close();
  });

  test('ends with its signal, and nothing is fitted', async () => {
    const router = await opened();
    const controller = new AbortController();
    const fitting = router.fit({ signal: controller.signal });
    controller.abort();
    expect(await codeOf(fitting)).toBe('ABORTED');
    expect((await router.status()).fit.state).toBe('none');
    await router.close();
  });
});

describe('a fit', () => {
  test('is the same for the same seed', async () => {
    const decisions: Decision[] = [];
    for (let i = 0; i < 2; i++) {
      const router = await fill(await open());
      await router.fit({ seed: 5 });
      decisions.push(await router.query('red 2000'));
    }
    expect(decisions[0]).toEqual(decisions[1]);
  });

  test('is there again after a restart, with the same decisions', async () => {
    const storage = createMemoryStorage();
    const first = await fill(await open(storage));
    await first.fit();
    const texts = ROUTES.flatMap((name) => textsOf(name, 3_000, 10));
    const before = await first.queryMany(texts);
    await first.close();
    const again = await open(storage);
    expect((await again.status()).fit.state).toBe('in-force');
    const after = await again.queryMany(texts);
    expect(after.map(({ route }) => route)).toEqual(before.map(({ route }) => route));
    await again.close();
  });

  test('survives a few changes, is visibly outdated by many, and by a route that comes or goes', async () => {
    const storage = createMemoryStorage();
    const router = await fill(await open(storage));
    await router.fit();
    await router.addUtterances('red', textsOf('red', 500, 10));
    expect((await router.status()).fit).toEqual({ state: 'in-force', changedUtterances: 10 });
    await router.removeUtterances('blue', textsOf('blue', 0, 1));
    expect((await router.status()).fit).toEqual({ state: 'outdated', changedUtterances: 11 });
    expect((await router.routes())[0]?.thresholdFrom).toBe('calibration');
    await router.close();
    const again = await open(storage);
    expect((await again.status()).fit).toEqual({ state: 'outdated', changedUtterances: 11 });
    await again.fit();
    await again.addRoute({ name: 'new', utterances: ['x 1'] });
    expect((await again.status()).fit.state).toBe('outdated');
    await again.removeRoute('new');
    expect((await again.status()).fit.state).toBe('in-force');
    await again.close();
  });

  test('is outdated by what differs from what it learnt, and by nothing else', async () => {
    const router = await fill(await open());
    await router.fit();
    const inForce = { state: 'in-force', changedUtterances: 0 };
    expect((await router.status()).fit).toEqual(inForce);
    await router.reload();
    expect((await router.status()).fit).toEqual(inForce);
    await router.addNegatives('red', textsOf('x', 0, 30));
    expect((await router.status()).fit).toEqual(inForce);
    for (let i = 0; i < 12; i++) {
      await router.addUtterances('red', textsOf('red', 500, 10));
      await router.removeUtterances('red', textsOf('red', 500, 10));
    }
    expect((await router.query('red 1')).route).toBe('red');
    expect((await router.status()).fit).toEqual(inForce);
    expect((await router.routes())[0]?.thresholdFrom).toBe('fit');
    await router.addUtterances('red', textsOf('red', 500, 11));
    expect((await router.routes())[0]?.thresholdFrom).toBe('calibration');
    await router.removeUtterances('red', textsOf('red', 500, 1));
    expect((await router.routes())[0]?.thresholdFrom).toBe('fit');
    await router.close();
  });

  test('reports what negatives keep away as the router decides it', async () => {
    const router = await fill(await open());
    const alike = textsOf('red', 500, 30);
    await router.addNegatives('red', alike);
    const samples = alike.map((text) => ({ text, route: null }));
    const report = await router.fit({ samples });
    const { outOfScope } = await router.evaluate(samples);
    expect(report.outOfScopeRecall).toBe(outOfScope?.recall);
    expect(report.outOfScopeRecall).toBe(1);
    expect(report.inScopeAccuracy).toBeGreaterThan(0.5);
    await router.close();
  });

  test('learns where to say no from texts of none', async () => {
    const router = await fill(await open());
    const none = textsOf('x', 0, 60).map((text) => ({ text, route: null }));
    const report = await router.fit({ samples: none });
    expect(report.outOfScopeRecall).toBeGreaterThan(0.8);
    const decisions = await router.queryMany(textsOf('x', 5_000, 100));
    expect(decisions.filter(({ route }) => route === null).length).toBeGreaterThan(75);
  });

  test('answers no more wrongly than maxErrorRate says, and nothing where it cannot', async () => {
    const router = await fill(await open(), 60);
    const report = await router.fit({ maxErrorRate: 0.02 });
    expect(report.minConfidence).toBeGreaterThan(0);
    expect(report.errorRate).toBeLessThanOrEqual(0.02);
    const texts = ROUTES.flatMap((name) => textsOf(name, 9_000, 100));
    const decisions = await router.queryMany(texts);
    const answered = decisions.filter(({ route }) => route !== null);
    const wrong = decisions.filter(({ route }, i) => route !== null && route !== ROUTES[Math.floor(i / 100)]);
    expect(answered.length).toBeGreaterThan(150);
    expect(wrong.length / answered.length).toBeLessThan(0.04);
    await router.fit({ maxErrorRate: 0.0001 });
    expect((await router.queryMany(texts.slice(0, 20))).every(({ route }) => route === null)).toBe(true);
  });

  test('names the routes of which nothing could be held out, which keep the thresholds of the others (fault 4)', async () => {
    const router = await fill(await open());
    await router.addRoute({ name: 'single', utterances: ['x 77'] });
    const report = await router.fit();
    expect(report.unjudged).toEqual(['single']);
    for (const { threshold } of await router.routes()) expect(threshold).toBeLessThan(1);
  });

  test('decides by the same rule that it was judged by: passing needs a score of at least the threshold (fault 5)', async () => {
    const router = await fill(await open());
    await router.fit();
    for (const decision of await router.queryMany(ROUTES.flatMap((name) => textsOf(name, 7_000, 20)))) {
      for (const { score, threshold, passed } of decision.candidates) expect(passed).toBe(score >= threshold);
      if (decision.route !== null)
        expect(decision.candidates[0]).toMatchObject({ route: decision.route, passed: true });
    }
  });

  test('of more folds than there are texts holds out one text at a time', async () => {
    const router = await open();
    for (const name of ['red', 'blue']) await router.addRoute({ name, utterances: textsOf(name, 0, 3) });
    const [all, more] = [await router.fit({ folds: 6 }), await router.fit({ folds: 1e15 })];
    expect({ ...more, revision: 0, durable: 0 }).toEqual({ ...all, revision: 0, durable: 0 });
    await router.close();
  });

  test('lets queries through while it learns, and changes wait for it', async () => {
    const router = await fill(await open());
    const done: string[] = [];
    const fitting = router.fit().then(() => done.push('fit'));
    const adding = router.addUtterances('red', ['red 900']).then(() => done.push('add'));
    await router.query('red 1').then(() => done.push('query'));
    await Promise.all([fitting, adding]);
    expect(done).toEqual(['query', 'fit', 'add']);
  });

  test('that is damaged in storage is not used, says so, and leaves queries alone', async () => {
    const storage = createMemoryStorage();
    const router = await fill(await open(storage));
    await router.close();
    await storage.load({ id: 'clouds', dimensions: DIMENSIONS });
    await storage.apply([{ type: 'set-fit', fit: Uint8Array.of(1, 2, 3) }]);
    await storage.close();
    const again = await open(storage);
    expect((await again.status()).fit.state).toBe('damaged');
    expect((await again.query('red 5')).candidates[0]?.route).toBe('red');
    await again.fit();
    expect((await again.status()).fit.state).toBe('in-force');
    await again.close();
  });

  test('as bytes is read again as it was, and damaged bytes are STORAGE_CORRUPT', async () => {
    const head = { labelCount: 2, dimensions: 3, weights: new Float32Array(6).fill(0.5), biases: new Float32Array(2) };
    const fit = {
      routes: ['a', 'ü'],
      head,
      lexicalWeight: 10,
      towards: 0.5,
      minConfidence: 0,
      confidence: [1, 2, 3, 4],
      utterances: Int32Array.of(-5, 3),
    };
    const bytes = encodeFit(fit);
    expect(decodeFit(bytes)).toEqual(fit);
    for (let length = 0; length < bytes.length; length += 3) {
      expect(() => decodeFit(bytes.slice(0, length))).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
    }
  });
});
