/** What may wait for the encoder at once, and who stands before whom. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type BatchOptions, type LocalRouter } from 'synaptoroute';
import { createHashEncoder, type TestEncoder } from '../support/encoders.ts';
import { codeOf, drain } from '../support/promises.ts';

async function open(batch: BatchOptions): Promise<{ readonly router: LocalRouter; readonly encoder: TestEncoder }> {
  const encoder = createHashEncoder();
  return { encoder, router: await openRouter({ encoder, storage: createMemoryStorage(), batch }) };
}

const texts = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`);

describe('maxQueueSize', () => {
  test('lets one queryMany of any size in, and refuses more while as many texts have no answer', async () => {
    const { router, encoder } = await open({ maxQueueSize: 10 });
    encoder.hold();
    const large = router.queryMany(texts(500, 'large'));
    expect(await codeOf(router.queryMany(['one more']))).toBe('QUEUE_FULL');
    expect((await router.status()).batching.shed).toBe(1);
    // The lane of single queries has a bound of its own, and so have the owner's reports none.
    const single = router.query('single');
    const evaluation = router.evaluate([{ text: 'a', route: null }]);
    encoder.release();
    expect(await large).toHaveLength(500);
    await Promise.all([single, evaluation]);
    expect(await router.queryMany(['one more'])).toHaveLength(1);
    await router.close();
  });

  test('lets several calls in until they are as many texts, aborted ones not counted', async () => {
    const { router, encoder } = await open({ maxQueueSize: 10 });
    encoder.hold();
    const abort = new AbortController();
    const aborted = codeOf(router.queryMany(texts(9, 'aborted'), { signal: abort.signal }));
    const first = router.queryMany(['first']);
    expect(await codeOf(router.queryMany(['second']))).toBe('QUEUE_FULL');
    abort.abort();
    expect(await aborted).toBe('ABORTED');
    const second = router.queryMany(['second']);
    encoder.release();
    await Promise.all([first, second]);
    await router.close();
  });

  test('counts short and long single queries together', async () => {
    const { router, encoder } = await open({ maxQueueSize: 4 });
    encoder.hold();
    const queries = ['a', 'b'.repeat(1_000), 'c', 'd'.repeat(1_000)].map((text) => router.query(text));
    expect(await codeOf(router.query('e'))).toBe('QUEUE_FULL');
    expect(await codeOf(router.query('f'.repeat(1_000)))).toBe('QUEUE_FULL');
    encoder.release();
    await Promise.all(queries);
    expect((await router.status()).batching).toMatchObject({ shed: 2 });
    await router.close();
  });
});

test('a short query shares no run with long ones, and waits for none of theirs', async () => {
  const { router, encoder } = await open({});
  encoder.hold();
  const long = texts(4, 'long '.repeat(200)).map((text) => router.query(text));
  const short = texts(3, 'short').map((text) => router.query(text));
  while (encoder.runs.flat().length < 7) await drain();
  const isShort = encoder.runs.map((run) => run.every((text) => text.length < 20));
  expect(encoder.runs.every((run, i) => isShort[i] || run.every((text) => text.length > 20))).toBe(true);
  encoder.release();
  await Promise.all([...long, ...short]);
  await router.close();
});
