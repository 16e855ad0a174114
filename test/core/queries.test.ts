/** What a caller may ask: every text gets a sound decision, everything else a coded refusal, and the next query works. */

import { describe, expect, test } from 'vitest';
import type { Router, RouterOptions } from 'synaptoroute';
import { createMemoryStorage } from 'synaptoroute';
import { createHashEncoder, type TestEncoder } from '../support/encoders.ts';
import { attempt, codeOf, drain, refusal } from '../support/promises.ts';
import { SIDES, type Side } from '../support/wire.ts';

interface Opened {
  readonly router: Router;
  readonly encoder: TestEncoder;
}

async function openWithRoutes(side: Side, batch: RouterOptions['batch'] = {}): Promise<Opened> {
  const encoder = createHashEncoder({ maxLength: 1000 });
  const router = await side.open({ encoder, storage: createMemoryStorage(), batch });
  await router.addRoute({ name: 'billing', utterances: ['refund my money', 'send the receipt'] });
  await router.addRoute({ name: 'hours', utterances: ['when do you open'] });
  return { router, encoder };
}

const NOT_STRINGS: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 42],
  ['NaN', NaN],
  ['a BigInt', 1n],
  ['a boolean', true],
  ['an object', { text: 'refund' }],
  ['an array', ['refund']],
  ['a String object', Object('refund')],
  ['a symbol', Symbol('refund')],
  ['a function', () => 'refund'],
  ['an object without prototype', Object.create(null)],
  ['a date', new Date(0)],
];

describe.each(SIDES)('$side', (side) => {
  test.each(NOT_STRINGS)('%s is no query: INVALID_QUERY, and the next query works', async (_, value) => {
    const { router, encoder } = await openWithRoutes(side);
    const before = encoder.texts;
    expect(await codeOf(router.query(value as string))).toBe('INVALID_QUERY');
    expect(await codeOf(router.queryMany(['refund', value as string]))).toBe('INVALID_QUERY');
    expect(await codeOf(router.encode(['refund', value as string]))).toBe('INVALID_QUERY');
    expect(encoder.texts).toBe(before);
    expect((await router.query('refund my money')).route).toBe('billing');
    await router.close();
  });

  test('queries that are no array of strings are refused with INVALID_QUERY', async () => {
    const { router } = await openWithRoutes(side);
    // oxlint-disable-next-line no-sparse-arrays
    const holes = ['refund', , 'refund'];
    const values: readonly unknown[] = [
      undefined,
      null,
      'refund',
      { 0: 'refund', length: 1 },
      new Set(['refund']),
      holes,
    ];
    for (const value of [...values, Array.from({ length: 3 })]) {
      expect(await codeOf(router.queryMany(value as string[]))).toBe('INVALID_QUERY');
      expect(await codeOf(router.encode(value as string[]))).toBe('INVALID_QUERY');
    }
    await expect(router.queryMany([])).resolves.toEqual([]);
    await router.close();
  });

  test('text without content gets a decision of score 0 for every route, in the order of addition', async () => {
    const { router } = await openWithRoutes(side);
    for (const text of ['', ' ', '\t\n\u00a0\u3000', '🙂🙂', '\ud800', '\udc00\ud800', '\0', '中文']) {
      const decision = await router.query(text);
      expect(decision).toMatchObject({ reason: 'below-threshold', route: null, score: 0, margin: 0, truncated: false });
      expect(decision.candidates.map(({ route, score }) => [route, score])).toEqual([
        ['billing', 0],
        ['hours', 0],
      ]);
    }
    await router.close();
  });

  test('a megabyte of text is decided and says that its end was not read', async () => {
    const { router } = await openWithRoutes(side);
    const long = 'refund my money '.repeat(65_536);
    expect(await router.query(long)).toMatchObject({ reason: 'matched', route: 'billing', truncated: true });
    expect(await router.query('refund my money')).toMatchObject({ route: 'billing', truncated: false });
    await router.close();
  });

  test('in queryMany each decision says for itself whether its text was cut', async () => {
    const { router } = await openWithRoutes(side);
    const decisions = await router.queryMany(['refund', 'x '.repeat(900), 'open', 'y '.repeat(900), '']);
    expect(decisions.map(({ truncated }) => truncated)).toEqual([false, true, false, true, false]);
    await router.close();
  });

  test('ten thousand queries at once get the decisions that queryMany gives, in order', async () => {
    const { router } = await openWithRoutes(side);
    const texts = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? `refund ${i}` : `open ${i} when`));
    const many = await router.queryMany(texts);
    const single = await Promise.all(texts.map((text) => router.query(text)));
    expect(single).toEqual(many);
    expect(single).toHaveLength(10_000);
    await router.close();
  });

  test('one query more than maxQueueSize is QUEUE_FULL at once, and those that waited are answered', async () => {
    const { router, encoder } = await openWithRoutes(side, { maxQueueSize: 6, maxBatchSize: 5 });
    encoder.hold();
    const running = router.query('running');
    while (encoder.runs.at(-1)?.[0] !== 'running') await drain();
    const waiting = Array.from({ length: 5 }, () => router.query('refund my money'));
    const error = await refusal(router.query('one too many'));
    expect(error.code).toBe('QUEUE_FULL');
    encoder.release();
    expect((await running).route).toBeNull();
    for (const decision of await Promise.all(waiting)) expect(decision.route).toBe('billing');
    expect((await router.query('when do you open')).route).toBe('hours');
    await router.close();
  });

  test('queryMany and added utterances are not bounded by maxQueueSize', async () => {
    const { router } = await openWithRoutes(side, { maxQueueSize: 1, maxBatchSize: 2 });
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    expect(await router.queryMany(texts)).toHaveLength(20);
    await router.addRoute({ name: 'many', utterances: texts });
    expect((await router.query('text 7')).route).toBe('many');
    await router.close();
  });

  test('queries that share a run are each answered for their own text', async () => {
    const { router } = await openWithRoutes(side);
    const texts = ['refund my money', 'when do you open', 'send the receipt', 'unrelated'];
    const decisions = await Promise.all(texts.map((text) => router.query(text)));
    expect(decisions.map(({ route }) => route)).toEqual(['billing', 'hours', 'billing', null]);
    await router.close();
  });

  test('status counts every query that was decided, single or many', async () => {
    const { router } = await openWithRoutes(side);
    await router.query('refund');
    await router.queryMany(['refund', 'open', 'receipt']);
    expect((await router.status()).queries).toBe(4);
    await router.close();
  });
});

describe.each(SIDES)('options of a call $side', (side) => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['a signal that is a string', { signal: 'soon' }],
    ['a signal without addEventListener', { signal: { aborted: false } }],
    ['the controller in place of its signal', { signal: new AbortController() }],
  ];
  test.each(wrong)('%s: a RouterError, and nothing is left waiting', async (_, options) => {
    const { router } = await openWithRoutes(side);
    expect(await codeOf(attempt(() => router.query('refund', options as never)))).toBe('INVALID_OPTION');
    expect(await codeOf(attempt(() => router.queryMany(['refund'], options as never)))).toBe('INVALID_OPTION');
    const route = { name: 'new', utterances: ['new'] };
    expect(await codeOf(attempt(() => router.addRoute(route, options as never)))).toBe('INVALID_OPTION');
    expect((await router.status()).queued).toBe(0);
    expect((await router.routes()).map(({ name }) => name)).toEqual(['billing', 'hours']);
    await router.close();
  });
});
