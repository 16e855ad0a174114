/** The vectors of texts, as a router's decisions are made of them. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type EncodeTextsOptions } from 'synaptoroute';
import { createHashEncoder, hashVector } from '../support/encoders.ts';
import { attempt, codeOf } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';

describe.each(SIDES)('encode, $side,', (side) => {
  test('gives one row a text, in order, whatever their lengths and number, in runs of maxBatchSize', async () => {
    const encoder = createHashEncoder({ dimensions: 9 });
    const router = await side.open({ encoder, storage: createMemoryStorage(), batch: { maxBatchSize: 4 } });
    const texts = [
      'a long sentence of many words',
      'short',
      '',
      'short',
      ...Array.from({ length: 30 }, (_, i) => `${i}`),
    ];
    const { vectors, truncated } = await router.encode(texts);
    expect(truncated).toBeUndefined();
    expect(vectors).toEqual(Float32Array.from(texts.flatMap((text) => hashVector(text, 9))));
    expect(Math.max(...encoder.runs.map(({ length }) => length))).toBe(4);
    await router.close();
  });

  test('names the texts whose end was not read', async () => {
    const encoder = createHashEncoder({ maxLength: 10 });
    const router = await side.open({ encoder, storage: createMemoryStorage() });
    const { truncated } = await router.encode(['short', 'a sentence of many words', 'x', 'another one of many']);
    expect(truncated).toEqual([1, 3]);
    await router.close();
  });

  test('gives what the routes are made of: an utterance is nearest to its own vector', async () => {
    const router = await side.open({ encoder: createHashEncoder(), storage: createMemoryStorage() });
    await router.addRoute({ name: 'a', utterances: ['red apple', 'green apple'] });
    const { vectors } = await router.encode(['green apple'], { kind: 'utterance' });
    expect([...vectors]).toEqual([...(await router.encode(['green apple'])).vectors]);
    expect((await router.status()).queries).toBe(0);
    await router.close();
  });

  test('lets a single query pass before the many texts that wait', async () => {
    const encoder = createHashEncoder();
    const router = await side.open({ encoder, storage: createMemoryStorage(), batch: { maxBatchSize: 4 } });
    const many = router.encode(Array.from({ length: 400 }, (_, i) => `text ${i}`));
    const query = router.query('single');
    await Promise.all([many, query]);
    const at = encoder.runs.findIndex((texts) => texts.includes('single'));
    expect(at).toBeGreaterThanOrEqual(0);
    expect(at).toBeLessThan(10);
    await router.close();
  });

  test('refuses options that are none with INVALID_OPTION', async () => {
    const router = await side.open({ encoder: createHashEncoder(), storage: createMemoryStorage() });
    for (const options of [null, 'query', { kind: 'passage' }, { kind: null }, { signal: 1 }]) {
      const call = attempt(() => router.encode(['x'], options as EncodeTextsOptions));
      expect(await codeOf(call)).toBe('INVALID_OPTION');
    }
    await router.close();
  });
});

test('encode answers for a router without routes', async () => {
  const router = await openRouter({ encoder: createHashEncoder({ dimensions: 5 }), storage: createMemoryStorage() });
  expect((await router.encode(['x'])).vectors).toHaveLength(5);
  expect((await router.encode([])).vectors).toHaveLength(0);
  await router.close();
});
