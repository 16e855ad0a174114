import { openRouter, RouterError, type LoadProgress, type ModelProgress, type Router } from 'synaptoroute/browser';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { REFERENCE_QUERIES, REFERENCE_ROUTES } from '../support/reference.ts';

describe('a router in a worker of its own', () => {
  let router: Router;
  const progress: LoadProgress[] = [];

  beforeAll(async () => {
    router = await openRouter({ onProgress: (step) => progress.push(step) });
    for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  });
  afterAll(() => router.close());

  test('answers the ten reference queries as native ONNX Runtime does in Node', async () => {
    const decisions = await router.queryMany(REFERENCE_QUERIES);
    const reference = inject('reference');
    expect(decisions.map(({ route }) => route)).toEqual(reference.map(({ route }) => route));
    for (const [i, { candidates }] of decisions.entries()) {
      expect(candidates).toHaveLength(REFERENCE_ROUTES.length);
      for (const { route, score } of candidates) {
        expect(Math.abs(score - (reference[i]?.scores[route] ?? NaN))).toBeLessThan(1e-3);
      }
    }
    expect(decisions[0]?.route).toBe('billing');
    expect(decisions[1]?.route).toBeNull();
  });

  test('answers the same alone as in company', async () => {
    const together = await router.queryMany(REFERENCE_QUERIES);
    for (const [i, text] of REFERENCE_QUERIES.entries()) {
      const alone = await router.query(text);
      expect(Math.abs((alone.score ?? NaN) - (together[i]?.score ?? NaN))).toBeLessThan(1e-5);
    }
  });

  test('reports progress that grows to the total of the model files', () => {
    const loaded = progress.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
    const last = progress.at(-1);
    expect(last?.loadedBytes).toBeGreaterThan(5_000_000);
    expect(last?.totalBytes).toBe(last?.loadedBytes);
  });

  test('says what runs where', async () => {
    const { encoder, storage, routes, utterances } = await router.status();
    expect(encoder).toMatchObject({ device: 'wasm', threads: 1, dimensions: 512 });
    expect(encoder.runtime).toMatch(/^onnxruntime-web \d/);
    expect(storage).toEqual({ kind: 'memory', persistent: false });
    expect([routes, utterances]).toEqual([3, 9]);
  });

  test('keeps the page free while 256 queries are encoded', async () => {
    const { longest, seen } = await longestTaskDuring(async () => {
      await Promise.all(Array.from({ length: 256 }, (_, i) => router.query(`Where is the refund for order ${i}?`)));
    });
    expect(seen).toBe(true);
    expect(longest).toBeLessThan(50);
  });

  test('gives errors with class, code and message, and answers the next query', async () => {
    const notString = await router.query(42 as never).catch((error: unknown) => error);
    expect(notString).toBeInstanceOf(RouterError);
    expect(notString).toMatchObject({ code: 'INVALID_QUERY' });
    await expect(router.removeRoute('nobody')).rejects.toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    const unclonable = { name: 'x', utterances: ['hi there'], metadata: { run: () => 1 } } as never;
    await expect(router.addRoute(unclonable)).rejects.toMatchObject({ code: 'INVALID_ROUTE' });
    await expect(router.query('I need a refund')).resolves.toMatchObject({ route: 'billing' });
  });

  test('lets a query be aborted', async () => {
    const abort = new AbortController();
    const aborted = router.query('never mind', { signal: abort.signal });
    abort.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(router.query('late', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('the change of a model', () => {
  const hub = { repo: 'owner/name', baseUrl: `${inject('hubUrl')}good/page-${Date.now()}` };
  /** The embedded model again, cut at another length: another encoder by its id, the same answers. */
  const choice = { model: hub, dtype: 'q8', maxTokens: 64, pooling: 'none', defaultThreshold: 0.2 } as const;

  test('is answered by the old model until it is there, with progress, and then by the new one', async () => {
    const router = await openRouter();
    for (const route of REFERENCE_ROUTES) await router.addRoute(route);
    const before = await router.queryMany(REFERENCE_QUERIES);
    const oldId = before[0]?.encoderId as string;
    const seen: ModelProgress[] = [];
    const ids: string[] = [];
    const asking = { goesOn: true };
    const changing = router.setModel(choice, { onProgress: (progress) => seen.push(progress) }).finally(() => {
      asking.goesOn = false;
    });
    while (asking.goesOn) ids.push((await router.query('I need a refund')).encoderId);
    const { durable } = await changing;
    await durable;
    const after = await router.queryMany(REFERENCE_QUERIES);
    const newId = after[0]?.encoderId;
    expect(newId).toContain('-64');
    expect(ids[0]).toBe(oldId);
    expect(ids.toSorted((a, b) => Number(a === newId) - Number(b === newId))).toEqual(ids);
    expect(after.map(({ route }) => route)).toEqual(before.map(({ route }) => route));
    const steps = seen.map(({ step }) => step);
    expect(steps.indexOf('encode')).toBeGreaterThan(steps.lastIndexOf('load'));
    expect(seen.at(-1)).toEqual({ step: 'encode', encodedTexts: 9, totalTexts: 9 });
    expect((await router.status()).encoder.id).toBe(newId);
    // And back.
    await router.setModel({});
    expect((await router.query('I need a refund')).encoderId).toBe(oldId);
    await router.close();
  });

  test('that fails, or is given up, leaves the old one', async () => {
    const router = await openRouter();
    const { id } = (await router.status()).encoder;
    const wrong = { ...choice, dtype: 'q4' } as const;
    await expect(router.setModel(wrong)).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
    await expect(router.setModel(5 as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    const abort = new AbortController();
    const endless = { ...choice, model: { ...hub, baseUrl: `${inject('hubUrl')}falls-silent/page-${Date.now()}` } };
    const changing = router.setModel(endless, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(changing).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await router.status()).encoder.id).toBe(id);
    await router.close();
  });
});

/** The longest task of this page's main thread while `work` ran, and whether the observer sees long tasks at all. */
async function longestTaskDuring(work: () => Promise<void>): Promise<{ longest: number; seen: boolean }> {
  const tasks: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  observer.observe({ type: 'longtask' });
  await nextFrames();
  const from = performance.now();
  await work();
  const to = performance.now();
  // A control: a task that is surely long.
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      const end = performance.now() + 120;
      while (performance.now() < end);
      resolve();
    });
  });
  await nextFrames();
  tasks.push(...observer.takeRecords());
  observer.disconnect();
  const within = tasks.filter(({ startTime, duration }) => startTime + duration > from && startTime < to);
  return {
    longest: Math.max(0, ...within.map(({ duration }) => duration)),
    seen: tasks.some(({ startTime }) => startTime >= to),
  };
}

async function nextFrames(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}
