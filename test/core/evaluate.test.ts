/** What decisions are worth where the right ones are known, against figures worked out by hand. */

import { describe, expect, test } from 'vitest';
import {
  createMemoryStorage,
  formatEvaluation,
  type EvaluateProgress,
  type Router,
  type RouterOptions,
  type LabelledText,
} from 'synaptoroute';
import { createGivenEncoder } from '../support/encoders.ts';
import { codeOf, refusal } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';

/** Cosines to `x` and `y` are the coordinates themselves. */
const VECTORS: Readonly<Record<string, readonly number[]>> = {
  x: [1, 0, 0],
  y: [0, 1, 0],
  z: [0, 0, 1],
  'x sure': at(0.95, 0.1),
  'x weak': at(0.55, 0.2),
  'x like y': at(0.3, 0.8),
  'y sure': at(0.05, 0.9),
  'far off': at(0.1, 0.2),
  'like x, of none': at(0.75, 0.1),
};

const SAMPLES: readonly LabelledText[] = [
  { text: 'x sure', route: 'a' }, // right, 0.95
  { text: 'x weak', route: 'a' }, // none, 0.55
  { text: 'x like y', route: 'a' }, // got b, 0.8
  { text: 'y sure', route: 'b' }, // right, 0.9
  { text: 'far off', route: null }, // none, 0.2
  { text: 'like x, of none', route: null }, // got a, 0.75
];

describe.each(SIDES)('evaluate, $side', ({ open: openSide }) => {
  async function open(options: Partial<RouterOptions> = {}): Promise<Router> {
    const encoder = createGivenEncoder(VECTORS, { defaultThreshold: 0.6 });
    const router = await openSide({ encoder, storage: createMemoryStorage(), rule: 'best-utterance', ...options });
    await router.addRoute({ name: 'a', utterances: ['x'] });
    await router.addRoute({ name: 'b', utterances: ['y'] });
    await router.addRoute({ name: 'unasked', utterances: ['z'] });
    return router;
  }

  test('counts what is right, by route and in all', async () => {
    const router = await open();
    const report = await router.evaluate(SAMPLES);
    expect(report).toMatchObject({ samples: 6, accuracy: 3 / 6 });
    expect(report.routes).toEqual([
      { route: 'a', samples: 3, answered: 2, right: 1, precision: 1 / 2, recall: 1 / 3, f1: 2 / 5 },
      { route: 'b', samples: 1, answered: 2, right: 1, precision: 1 / 2, recall: 1, f1: 2 / 3 },
      { route: 'unasked', samples: 0, answered: 0, right: 0, precision: null, recall: null, f1: 0 },
    ]);
    expect(report.macroF1).toBeCloseTo((2 / 5 + 2 / 3) / 2, 10);
    expect(report.inScope).toMatchObject({ samples: 4, accuracy: 2 / 4, bestAccuracy: 3 / 4 });
    await router.close();
  });

  test('names what is mistaken for what, with examples', async () => {
    const router = await open();
    expect((await router.evaluate([...SAMPLES, ...SAMPLES.slice(0, 2)])).confusions).toEqual([
      { expected: 'a', got: null, samples: 2, texts: ['x weak', 'x weak'] },
      { expected: 'a', got: 'b', samples: 1, texts: ['x like y'] },
      { expected: null, got: 'a', samples: 1, texts: ['like x, of none'] },
    ]);
    await router.close();
  });

  test('measures how well none is told from some: recall, AUROC, FPR at 95% TPR', async () => {
    const router = await open();
    // Inside 0.95, 0.55, 0.8, 0.9; outside 0.2, 0.75: 7 of 8 pairs are in order, and one outside reaches 0.55.
    expect((await router.evaluate(SAMPLES)).outOfScope).toEqual({
      samples: 2,
      recall: 1 / 2,
      auroc: 7 / 8,
      fpr95: 1 / 2,
    });
    await router.close();
  });

  test('leaves out what samples do not tell', async () => {
    const router = await open();
    const inScope = await router.evaluate(SAMPLES.filter(({ route }) => route !== null));
    expect(inScope).not.toHaveProperty('outOfScope');
    const outOfScope = await router.evaluate(SAMPLES.filter(({ route }) => route === null));
    expect(outOfScope).not.toHaveProperty('inScope');
    expect(outOfScope.outOfScope).toEqual({ samples: 2, recall: 1 / 2 });
    await router.close();
  });

  test('shows what answering costs: risk over coverage, up to all that is answered', async () => {
    const router = await open();
    const { coverageRisk } = await router.evaluate(SAMPLES);
    expect(coverageRisk.at(-1)).toMatchObject({ coverage: 4 / 6, risk: 2 / 4 });
    for (const [i, { confidence, coverage }] of coverageRisk.entries()) {
      expect(confidence).toBeLessThan(coverageRisk[i - 1]?.confidence ?? Infinity);
      expect(coverage).toBeGreaterThan(coverageRisk[i - 1]?.coverage ?? 0);
    }
    await router.close();
  });

  test('measures the calibration error as defined', async () => {
    const router = await open();
    const { inScope } = await router.evaluate([
      { text: 'x sure', route: 'a' },
      { text: 'x sure', route: 'b' },
    ]);
    const { confidence } = await router.query('x sure');
    expect(inScope?.calibrationError).toBeCloseTo(Math.abs((confidence as number) - 1 / 2), 10);
    await router.close();
  });

  test('prints as a table', async () => {
    const router = await open();
    const table = formatEvaluation(await router.evaluate(SAMPLES));
    expect(table).toMatch(/^accuracy +50\.0%$/m);
    expect(table).toMatch(/^out of scope +50\.0% of 2 refused$/m);
    expect(table).toMatch(/^a +3 +2 +50\.0% +33\.3% +40\.0%$/m);
    expect(table).toMatch(/^\(none\) +a +1 +like x, of none$/m);
    expect(table).toMatch(/^unasked +0 +0 +- +- +-$/m);
    await router.close();
  });

  test('refuses samples of unknown routes, malformed ones and none at all', async () => {
    const router = await open();
    expect(await codeOf(router.evaluate([{ text: 'x', route: 'nobody' }]))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.evaluate([]))).toBe('INVALID_OPTION');
    expect(await codeOf(router.evaluate('x' as never as []))).toBe('INVALID_OPTION');
    const withoutRoute = await refusal(router.evaluate([{ text: 'x' } as never]));
    expect(withoutRoute).toMatchObject({ code: 'INVALID_ROUTE', message: expect.stringContaining('or null') });
    expect(await codeOf(router.evaluate([null as never]))).toBe('INVALID_OPTION');
    expect(await codeOf(router.evaluate([{ text: 5, route: null } as never]))).toBe('INVALID_QUERY');
    expect(await codeOf(router.evaluate(Array.from<LabelledText>({ length: 1 })))).toBe('INVALID_OPTION');
    await router.close();
  });

  test('can be aborted, before and during the encoding', async () => {
    const encoder = createGivenEncoder(VECTORS);
    const router = await open({ encoder });
    expect(await codeOf(router.evaluate(SAMPLES, { signal: AbortSignal.abort() }))).toBe('ABORTED');
    encoder.hold();
    expect(await codeOf(router.evaluate(SAMPLES, { timeoutMs: 1 }))).toBe('TIMEOUT');
    encoder.release();
    await router.close();
    expect(await codeOf(router.evaluate(SAMPLES))).toBe('CLOSED');
  });

  test('tells how far it is, forwards only and to the end, before it answers; and nothing where it is not asked', async () => {
    const router = await open();
    const many = Array.from({ length: 200 }, (_, i) => SAMPLES[i % SAMPLES.length] as LabelledText);
    const told: EvaluateProgress[] = [];
    const report = await router.evaluate(many, { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([64, 128, 192, 200].map((encodedTexts) => ({ encodedTexts, totalTexts: 200 })));
    expect(await router.evaluate(many)).toEqual(report);
    expect(told).toHaveLength(4);
    expect(await codeOf(router.evaluate(many, { onProgress: 'often' as never }))).toBe('INVALID_OPTION');
    await router.close();
  });

  test('decides in batches, all by the same state of the routes', async () => {
    const encoder = createGivenEncoder(VECTORS, { defaultThreshold: 0.6 });
    const router = await open({ encoder, batch: { maxBatchSize: 2 } });
    const many = Array.from({ length: 600 }, (_, i) => SAMPLES[i % SAMPLES.length] as LabelledText);
    expect(await router.evaluate(many)).toMatchObject({ samples: 600, accuracy: 3 / 6 });
    await router.close();
  });
});

function at(x: number, y: number): readonly number[] {
  return [x, y, Math.sqrt(1 - x * x - y * y)].map((value, i) => (i === 2 ? -value : value));
}
