/** Encoders and storages that break their contracts: each is a coded refusal, and no harm outlives it. */

import { describe, expect, test } from 'vitest';
import {
  createMemoryStorage,
  openRouter,
  type Encoder,
  type MatchedDecision,
  type RouterOptions,
  type Storage,
} from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { attempt, codeOf, refusal } from '../support/promises.ts';
import { createLoadingStorage, createTestStorage } from '../support/storages.ts';

const unit = (...values: number[]): Float32Array => Float32Array.from(values);

const BAD_ENCODINGS: readonly (readonly [string, () => unknown])[] = [
  [
    'throws before it returns a promise',
    () => {
      throw new Error('at once');
    },
  ],
  ['rejects with undefined', () => Promise.reject(undefined)],
  ['rejects with an object without prototype', () => Promise.reject(Object.create(null))],
  ['returns nothing', () => undefined],
  ['resolves to nothing', async () => undefined],
  ['resolves to null', async () => null],
  ['forgets the vectors', async () => ({})],
  ['gives a plain array', async () => ({ vectors: [1, 0] })],
  ['gives one number too few', async () => ({ vectors: unit(1) })],
  ['gives one number too many', async () => ({ vectors: unit(1, 0, 0) })],
  ['gives nothing for a text', async () => ({ vectors: unit() })],
  ['gives NaN', async () => ({ vectors: unit(NaN, 0) })],
  ['gives Infinity', async () => ({ vectors: unit(Infinity, 0) })],
  ['gives a vector of length 2', async () => ({ vectors: unit(2, 0) })],
  ['gives a vector of length 0.9', async () => ({ vectors: unit(0.9, 0) })],
  ['says how many texts were cut, and not which', async () => ({ vectors: unit(1, 0), truncated: 1 })],
];

function stored(name: string, ...utterances: readonly (readonly [string, Float32Array])[]): object {
  return { name, utterances: utterances.map(([text, vector]) => ({ text, vector })) };
}

describe('an encoder that', () => {
  test.each(BAD_ENCODINGS)('%s makes the call ENCODER_FAILED, and the next one works', async (_, encode) => {
    let isBroken = false;
    const encoder: Encoder = {
      id: 'plane',
      dimensions: 2,
      defaultThreshold: 0.5,
      encode: (texts) =>
        isBroken
          ? (encode() as ReturnType<Encoder['encode']>)
          : Promise.resolve({ vectors: unit(...texts.flatMap(() => [1, 0])) }),
    };
    const router = await openRouter({ encoder, storage: createMemoryStorage() });
    await router.addRoute({ name: 'a', utterances: ['x'] });
    for (const act of [
      () => router.query('x'),
      () => router.queryMany(['x']),
      () => router.encode(['x']),
      () => router.addUtterances('a', ['y']),
      () => router.addRoute({ name: 'b', utterances: ['z'] }),
    ]) {
      isBroken = true;
      expect(await codeOf(act())).toBe('ENCODER_FAILED');
      isBroken = false;
      expect((await router.query('x')).route).toBe('a');
    }
    expect(await router.status()).toMatchObject({ routes: 1, utterances: 1, revision: 1 });
    await router.close();
  });

  test('gives rows of zeros is not broken: a text may have nothing that it knows', async () => {
    const encoder: Encoder = {
      id: 'blind',
      dimensions: 2,
      defaultThreshold: 0.5,
      encode: async (texts) => ({ vectors: new Float32Array(texts.length * 2), truncated: [] }),
    };
    const router = await openRouter({ encoder, storage: createMemoryStorage() });
    expect((await router.query('x')).reason).toBe('no-routes');
    expect(await codeOf(router.addRoute({ name: 'a', utterances: ['x'] }))).toBe('INVALID_ROUTE');
    expect((await router.status()).encoder).toMatchObject({ id: 'blind', device: 'unknown' });
    await router.close();
  });
});

describe('stored routes', () => {
  const encoder: Encoder = {
    id: 'plane',
    dimensions: 2,
    defaultThreshold: 0.5,
    encode: async (texts) => ({ vectors: unit(...texts.flatMap((text) => (text === 'up' ? [0, 1] : [1, 0]))) }),
  };
  const corrupt: readonly (readonly [string, unknown])[] = [
    ['no list', undefined],
    ['with a vector of another length (fault 8)', [stored('a', ['x', unit(1, 0, 0)])]],
    ['with an empty vector', [stored('a', ['x', unit()])]],
    ['with NaN in a vector', [stored('a', ['x', unit(NaN, 0)])]],
    ['without utterances', [stored('a')]],
    ['of one name twice', [stored('a', ['x', unit(1, 0)]), stored('a', ['y', unit(0, 1)])]],
    ['with one utterance twice', [stored('a', ['x', unit(1, 0)], ['x', unit(1, 0)])]],
    ['that are none', [null]],
    ['with a number for an utterance', [stored('a', [5 as never, unit(1, 0)])]],
    ['with a threshold of NaN', [{ ...stored('a', ['x', unit(1, 0)]), threshold: NaN }]],
    ['with a text for a threshold', [{ ...stored('a', ['x', unit(1, 0)]), threshold: '0.5' }]],
    ['with metadata that are no object', [{ ...stored('a', ['x', unit(1, 0)]), metadata: 5 }]],
  ];

  test.each(corrupt)('%s are STORAGE_CORRUPT', async (_, routes) => {
    expect(await codeOf(openRouter({ encoder, storage: createLoadingStorage(routes) }))).toBe('STORAGE_CORRUPT');
  });

  test('have metadata that nobody can change through a decision, as added ones have', async () => {
    const metadata = { queue: { tier: 2 } };
    const routes = [{ ...stored('a', ['x', unit(1, 0)]), metadata }];
    const router = await openRouter({ encoder, storage: createLoadingStorage(routes) });
    for (const load of [() => router.reload(), async () => router.importFile(await router.exportFile())]) {
      await load();
      const decision = (await router.query('x')) as MatchedDecision;
      expect(() => Object.assign(decision.metadata?.['queue'] as object, { tier: 3 })).toThrow(TypeError);
      metadata.queue.tier = 4;
      expect(await router.query('x')).toMatchObject({ metadata: { queue: { tier: 2 } } });
      metadata.queue.tier = 2;
    }
    await router.close();
  });

  test('are never answered by a route that was removed since, however they were stored', async () => {
    const twice = [stored('a', ['x', unit(1, 0)], ['x', unit(1, 0)])];
    const opening = openRouter({ encoder, storage: createLoadingStorage(twice) });
    const router = await opening.catch(() => undefined);
    // Refusing to open is sound as well.
    if (!router) return;
    await router.removeRoute('a');
    await router.addRoute({ name: 'b', utterances: ['up'] });
    expect(await router.query('x')).toMatchObject({ route: null });
    await router.close();
  });
});

describe('a storage', () => {
  test('whose load fails, in whatever way, is STORAGE_FAILED; a RouterError of its own passes through', async () => {
    const loads: readonly (() => unknown)[] = [
      () => Promise.reject(new Error('no such table')),
      () => Promise.reject(undefined),
      () => {
        throw new Error('at once');
      },
    ];
    for (const load of loads) {
      const storage = { ...createMemoryStorage(), load } as unknown as Storage;
      expect(await codeOf(openRouter({ encoder: createHashEncoder(), storage }))).toBe('STORAGE_FAILED');
    }
  });

  test('that cannot be closed is STORAGE_FAILED for everyone who closes the router', async () => {
    const storage = { ...createTestStorage(), close: () => Promise.reject(new Error('busy')) };
    const router = await openRouter({ encoder: createHashEncoder(), storage });
    const errors = await Promise.all([refusal(router.close()), refusal(router.close())]);
    for (const error of errors) expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
  });

  test('of a router that did not open is closed, for the router owned it', async () => {
    const storage = createTestStorage();
    const broken: Storage = { ...storage, load: () => Promise.reject(new Error('broken')) };
    await refusal(openRouter({ encoder: createHashEncoder(), storage: broken }));
    expect(storage.closes).toBe(1);
  });
});

describe('options', () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ['maxWaitMs', -1],
    ['maxWaitMs', NaN],
    ['maxWaitMs', Infinity],
    ['maxWaitMs', '5'],
    ['maxWaitMs', null],
    ['maxBatchSize', 0],
    ['maxBatchSize', 1.5],
    ['maxBatchSize', Infinity],
    ['maxBatchSize', '32'],
    ['maxQueueSize', 0],
    ['maxQueueSize', -5],
    ['maxQueueSize', NaN],
    ['maxQueueSize', 10n],
  ];

  test.each(bad)('batch.%s of %s is INVALID_OPTION, before the storage is touched', async (key, value) => {
    const storage = createTestStorage();
    const options = { encoder: createHashEncoder(), storage, batch: { [key]: value } } as RouterOptions;
    const error = await refusal(openRouter(options));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain(`batch.${key}`);
    expect(storage.loads).toBe(0);
  });

  test('batch: null, and options without an encoder or a storage, are INVALID_OPTION', async () => {
    const encoder = createHashEncoder();
    const storage = createMemoryStorage();
    for (const options of [undefined, {}, { encoder }, { storage }, { encoder, storage, batch: null }]) {
      expect(await codeOf(attempt(() => openRouter(options as unknown as RouterOptions)))).toBe('INVALID_OPTION');
    }
  });

  test.each([
    ['id', undefined],
    ['id', ''],
    ['dimensions', undefined],
    ['dimensions', 0],
    ['dimensions', NaN],
    ['dimensions', '64'],
    ['defaultThreshold', undefined],
    ['defaultThreshold', NaN],
    ['defaultThreshold', 2],
  ])('an encoder whose %s is %s is INVALID_OPTION, also as the next one', async (key, value) => {
    const encoder = { ...createHashEncoder(), [key]: value } as unknown as Encoder;
    const error = await refusal(openRouter({ encoder, storage: createMemoryStorage() }));
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(key) });
    const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
    expect(await codeOf(router.setEncoder(encoder))).toBe('INVALID_OPTION');
    await router.close();
  });

  test('fractions of a millisecond and the least sizes are taken', async () => {
    const batch = { maxWaitMs: 0.5, maxBatchSize: 1, maxQueueSize: 1 };
    const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage(), batch });
    await router.addRoute({ name: 'a', utterances: ['x', 'y', 'z'] });
    expect((await router.query('x')).route).toBe('a');
    await router.close();
  });
});
