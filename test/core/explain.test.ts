/** Why a text got its decision: the scores taken apart, and changes that really would have changed the outcome. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, type Explanation, type Router, type RouterOptions, type WhatIf } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { codeOf } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';

const TRAP = 'I do not want my money back';

describe.each(SIDES)('explain, $side', ({ open: openSide }) => {
  async function open(options: Partial<RouterOptions> = {}): Promise<Router> {
    const encoder = createHashEncoder({ dimensions: 64, defaultThreshold: 0.6 });
    const router = await openSide({ encoder, storage: createMemoryStorage(), ...options });
    await router.addRoute({
      name: 'refund',
      utterances: ['I want my money back', 'please refund my order', 'give me a refund', 'money back for this order'],
    });
    await router.addRoute({
      name: 'hours',
      utterances: ['when do you open', 'are you open on Sunday'],
      threshold: 0.3,
    });
    return router;
  }

  test('holds the decision that query answers', async () => {
    const router = await open();
    for (const text of ['my money back please', 'open on Sunday', 'qwzx', '']) {
      const { decision, text: explained } = await router.explain(text);
      expect(decision).toEqual(await router.query(text));
      expect(explained).toBe(text);
    }
    await router.close();
  });

  test('takes each score apart into parts that add up to it', async () => {
    const router = await open();
    const { candidates } = await router.explain('refund my money');
    expect(candidates.map(({ route }) => route)).toEqual(['refund', 'hours']);
    for (const { parts, score } of candidates) {
      expect(parts.map(({ part }) => part)).toEqual(['best', 'centroid', 'lexicalBest', 'lexicalCentroid']);
      expect(parts.reduce((sum, { value, weight }) => sum + value * weight, 0)).toBeCloseTo(score, 5);
      expect(parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 10);
    }
    await router.close();
  });

  test('names the three nearest utterances, the nearest negative, and the words that carried', async () => {
    const router = await open();
    await router.addNegatives('refund', [TRAP, 'the order arrived']);
    const [refund, hours] = (await router.explain('I want my money back')).candidates;
    expect(refund?.nearest).toHaveLength(3);
    expect(refund?.nearest[0]).toMatchObject({ text: 'I want my money back' });
    expect(refund?.nearest[0]?.dense).toBeCloseTo(1, 4);
    expect(refund?.nearest[0]?.lexical).toBeCloseTo(1, 4);
    expect(refund?.nearestNegative).toMatchObject({ text: TRAP });
    expect(refund?.words.map(({ word }) => word)).toContain('money');
    const lexicalBest = refund?.parts.find(({ part }) => part === 'lexicalBest')?.value as number;
    expect(refund?.words.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(lexicalBest, 4);
    expect(hours).not.toHaveProperty('nearestNegative');
    await router.close();
  });

  test('says where each threshold comes from', async () => {
    const router = await open();
    const { candidates } = await router.explain('please refund my order');
    const { routes } = { routes: await router.routes() };
    for (const { route, threshold, thresholdFrom } of candidates) {
      expect({ threshold, thresholdFrom }).toEqual({
        threshold: routes.find(({ name }) => name === route)?.threshold,
        thresholdFrom: route === 'hours' ? 'route' : 'calibration',
      });
    }
    await router.close();
  });

  test('names thresholds that change the outcome as it says, when they are set', async () => {
    const router = await open();
    for (const text of ['please refund my order', 'money of Sunday', 'when can I get my money', 'open money']) {
      const { whatIf } = await router.explain(text);
      const thresholds = whatIf.flatMap(({ change, ...outcome }) =>
        change.kind === 'threshold' ? [{ change, outcome }] : [],
      );
      expect(thresholds.length).toBeGreaterThan(0);
      for (const { change, outcome } of thresholds) {
        const before = (await router.routes()).find(({ name }) => name === change.route);
        await router.setThreshold(change.route, change.to);
        expect(await router.query(text)).toMatchObject(outcome);
        await router.setThreshold(change.route, before?.thresholdFrom === 'route' ? before.threshold : undefined);
      }
    }
    await router.close();
  });

  test('says how far a score that misses must rise', async () => {
    const router = await open();
    await router.setThreshold('refund', 0.9);
    const { candidates, whatIf } = await router.explain('refund the order');
    const missing = 0.9 - (candidates[0]?.score as number);
    const rise = find(whatIf, 'score');
    expect(rise).toMatchObject({ route: 'refund', reason: 'matched', change: { route: 'refund' } });
    expect(rise?.change.by).toBeCloseTo(missing, 5);
    await router.close();
  });

  test('names the negative that stands in the way', async () => {
    const router = await open();
    await router.setThreshold('refund', 0);
    await router.addNegatives('refund', [TRAP]);
    const { decision, whatIf } = await router.explain(TRAP);
    expect(decision.route).not.toBe('refund');
    expect(find(whatIf, 'negative')).toEqual({
      change: { kind: 'negative', route: 'refund', negative: TRAP },
      reason: 'matched',
      route: 'refund',
    });
    await router.removeNegatives('refund', [TRAP]);
    expect(await router.query(TRAP)).toMatchObject({ route: 'refund' });
    await router.close();
  });

  test('names the minMargin that tells routes apart which are ambiguous', async () => {
    const router = await open({ minMargin: 2 });
    for (const name of ['refund', 'hours']) await router.setThreshold(name, -1);
    const { decision, whatIf } = await router.explain('please refund my order');
    expect(decision.reason).toBe('ambiguous');
    const margin = find(whatIf, 'minMargin');
    expect(margin).toMatchObject({ reason: 'matched', route: 'refund' });
    const again = await open({ minMargin: margin?.change.to as number });
    for (const name of ['refund', 'hours']) await again.setThreshold(name, -1);
    expect(await again.query('please refund my order')).toMatchObject({ route: 'refund' });
    await router.close();
    await again.close();
  });

  test('is printable', async () => {
    const router = await open();
    const { summary } = await router.explain('refund my money');
    expect(summary).toContain('"refund my money" -> ');
    expect(summary).toContain("learnt from the routes' utterances");
    expect(summary).toMatch(/= 0\.33 x best \d/);
    expect(summary).toMatch(/if the threshold of \w+ were/);
    await router.close();
  });

  test('explains as many candidates as asked for; none without routes', async () => {
    const router = await open();
    expect((await router.explain('order', { candidates: 1 })).candidates).toHaveLength(1);
    expect(await codeOf(router.explain('order', { candidates: 0 }))).toBe('INVALID_OPTION');
    expect(await codeOf(router.explain(3 as never))).toBe('INVALID_QUERY');
    await router.removeRoute('refund');
    await router.removeRoute('hours');
    expect(await router.explain('order')).toMatchObject({
      candidates: [],
      whatIf: [],
      decision: { reason: 'no-routes' },
    });
    await router.close();
  });

  test('of a rule that looks at the nearest few has no parts, of best-utterance one', async () => {
    const aurelio = await open({ rule: 'aurelio-mean' });
    expect((await aurelio.explain('refund my money')).candidates[0]?.parts).toEqual([]);
    await aurelio.close();
    const best = await open({ rule: 'best-utterance' });
    const [candidate] = (await best.explain('refund my money')).candidates;
    expect(candidate?.parts).toEqual([{ part: 'best', value: candidate?.score, weight: 1 }]);
    expect(candidate?.words).toEqual([]);
    await best.close();
  });

  test('tells waiting, encoding, search and decision apart by its own clock', async () => {
    let time = 0;
    const clock = { ...createFakeClock(), now: () => time, soon: (callback: () => void) => queueMicrotask(callback) };
    const encoder = createHashEncoder({ dimensions: 64 });
    let second: Promise<Explanation> | undefined;
    const router = await openSide({
      clock,
      storage: createMemoryStorage(),
      encoder: {
        ...encoder,
        async encode(texts, options) {
          // The second comes while the first is encoded; a turn of the event loop brings it over the wire.
          if (texts.includes('first')) second = router.explain('second');
          await new Promise(setImmediate);
          time += 7;
          return encoder.encode(texts, options);
        },
      },
    });
    const first = await router.explain('first');
    expect(first.timings).toEqual({ waitMs: 0, encodeMs: 7, searchMs: 0, decideMs: 0, explainMs: 0 });
    expect((await second)?.timings).toEqual({ waitMs: 7, encodeMs: 7, searchMs: 0, decideMs: 0, explainMs: 0 });
    await router.close();
  });

  test('can be aborted and has a time limit', async () => {
    const router = await open();
    expect(await codeOf(router.explain('order', { signal: AbortSignal.abort() }))).toBe('ABORTED');
    await router.close();
    expect(await codeOf(router.explain('order'))).toBe('CLOSED');
  });
});

function find<K extends WhatIf['change']['kind']>(
  whatIf: Explanation['whatIf'],
  kind: K,
): (WhatIf & { readonly change: Extract<WhatIf['change'], { readonly kind: K }> }) | undefined {
  return whatIf.find(({ change }) => change.kind === kind) as never;
}
