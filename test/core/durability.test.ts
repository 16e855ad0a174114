/** What is on disk and who is told: receipts, flush, failed writes, and opening on what was stored. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type Mutation, type Router } from 'synaptoroute';
import { createWriteQueue } from '../../src/core/write-queue.ts';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf, createDeferred, drain, refusal } from '../support/promises.ts';
import { createTestStorage, type TestStorage } from '../support/storages.ts';
import { SIDES } from '../support/wire.ts';

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let i = 0; i < 5; i++) await drain();
  return settled;
}

async function untilWrites(storage: TestStorage, count: number): Promise<void> {
  for (let i = 0; i < 10_000 && storage.writes.length < count; i++) await drain();
}

async function addMany(router: Router, from: number, to: number): Promise<readonly Promise<void>[]> {
  const receipts = [];
  for (let i = from; i < to; i++) receipts.push(router.addRoute({ name: `r${i}`, utterances: [`sentence ${i}`] }));
  return (await Promise.all(receipts)).map(({ durable }) => durable);
}

describe.each(SIDES)('$side', (side) => {
  test('a receipt comes before the disk has the change, durable when it has', async () => {
    const storage = createTestStorage();
    const router = await side.open({ encoder: createHashEncoder(), storage });
    storage.hold();
    const receipt = await router.addRoute({ name: 'a', utterances: ['x'] });
    expect((await router.query('x')).route).toBe('a');
    const flushing = router.flush();
    expect([await isSettled(receipt.durable), await isSettled(flushing)]).toEqual([false, false]);
    expect(await router.status()).toMatchObject({ revision: 1, durableRevision: 0 });
    storage.release();
    await receipt.durable;
    await flushing;
    expect(await router.status()).toMatchObject({ revision: 1, durableRevision: 1 });
    await router.close();
  });

  test('flush waits for changes whose texts are still being encoded', async () => {
    const storage = createTestStorage();
    const encoder = createHashEncoder();
    const router = await side.open({ encoder, storage });
    encoder.hold();
    const adding = router.addRoute({ name: 'a', utterances: ['x'] });
    const flushing = router.flush();
    expect(await isSettled(flushing)).toBe(false);
    encoder.release();
    await flushing;
    expect(storage.writes).toHaveLength(1);
    await (
      await adding
    ).durable;
    await router.close();
  });

  test('flush with nothing to do, or only refused changes, resolves', async () => {
    const router = await side.open({ encoder: createHashEncoder(), storage: createTestStorage() });
    await router.flush();
    const refused = router.removeRoute('a');
    const flushing = router.flush();
    expect(await codeOf(refused)).toBe('ROUTE_NOT_FOUND');
    await flushing;
    await router.close();
  });

  test('a failed write rejects durable and flush with STORAGE_FAILED, and every later write fails too', async () => {
    const storage = createTestStorage();
    const router = await side.open({ encoder: createHashEncoder(), storage });
    await (
      await router.addRoute({ name: 'kept', utterances: ['kept sentence'] })
    ).durable;
    storage.failWith(new Error('disk full'));
    const receipt = await router.addRoute({ name: 'lost', utterances: ['lost sentence'] });
    const error = await refusal(receipt.durable);
    expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(error.message).toContain('disk full');
    expect(await codeOf(router.flush())).toBe('STORAGE_FAILED');
    storage.mend();
    const later = await router.setThreshold('kept', 0.3);
    expect(await codeOf(later.durable)).toBe('STORAGE_FAILED');
    expect(await codeOf(router.flush())).toBe('STORAGE_FAILED');
    expect(storage.writes).toHaveLength(2);
    expect(await router.status()).toMatchObject({ revision: 3, durableRevision: 1, routes: 2 });
    expect((await router.query('lost sentence')).route).toBe('lost');
    expect(await codeOf(router.close())).toBe('STORAGE_FAILED');
    expect(storage.closes).toBe(1);
    const again = await openRouter({ encoder: createHashEncoder(), storage });
    expect((await again.routes()).map(({ name }) => name)).toEqual(['kept']);
    await again.close();
  });

  test('changes that wait together are one transaction, in order', async () => {
    const storage = createTestStorage();
    const router = await side.open({ encoder: createHashEncoder(), storage });
    storage.hold();
    const first = await addMany(router, 0, 1);
    await untilWrites(storage, 1);
    const rest = await addMany(router, 1, 30);
    expect(storage.writes).toHaveLength(1);
    storage.release();
    await Promise.all([...first, ...rest]);
    expect(storage.writes.flat().map((mutation) => mutation.type === 'add-route' && mutation.route.name)).toEqual(
      Array.from({ length: 30 }, (_, i) => `r${i}`),
    );
    expect(storage.writes).toHaveLength(2);
    await router.close();
  });

  test('close makes earlier changes durable before it closes the storage, once', async () => {
    const storage = createTestStorage();
    const router = await side.open({ encoder: createHashEncoder(), storage });
    storage.hold();
    const [durable] = await addMany(router, 0, 1);
    const closing = router.close();
    expect(await isSettled(closing)).toBe(false);
    expect(storage.closes).toBe(0);
    storage.release();
    await closing;
    await durable;
    expect(storage.closes).toBe(1);
  });
});

describe('opening on stored routes', () => {
  test('encodes nothing and gives the same routes and decisions', async () => {
    const storage = createMemoryStorage();
    const first = await openRouter({ encoder: createHashEncoder(), storage });
    const metadata = { deep: { list: [1, 'two', null] } };
    await first.addRoute({ name: 'a', utterances: ['red apple', 'green apple'], threshold: 0, metadata });
    await first.addRoute({ name: 'b', utterances: ['old pear'] });
    await first.addUtterances('b', ['young pear']);
    await first.removeUtterances('a', ['red apple']);
    await first.setThreshold('a', undefined);
    const before = [await first.routes(), await first.query('green pear')];
    await first.close();
    const encoder = createHashEncoder();
    const second = await openRouter({ encoder, storage });
    expect(encoder.runs).toEqual([]);
    expect([await second.routes(), await second.query('green pear')]).toEqual(before);
    expect(encoder.texts).toBe(1);
    expect(await second.status()).toMatchObject({ revision: 0, durableRevision: 0, routes: 2, utterances: 3 });
    await second.close();
  });

  test('a route without a threshold of its own takes that of the encoder it is opened with', async () => {
    const storage = createMemoryStorage();
    const first = await openRouter({
      encoder: createHashEncoder({ defaultThreshold: 0.3 }),
      storage,
      rule: 'best-utterance',
    });
    await first.addRoute({ name: 'a', utterances: ['x'] });
    await first.close();
    const second = await openRouter({
      encoder: createHashEncoder({ defaultThreshold: 0.8 }),
      storage,
      rule: 'best-utterance',
    });
    expect((await second.routes())[0]?.threshold).toBe(0.8);
    await second.close();
  });

  test('with another encoder is ENCODER_MISMATCH, and the first encoder still opens it (fault 3)', async () => {
    const storage = createMemoryStorage();
    const first = await openRouter({ encoder: createHashEncoder({ id: 'one' }), storage });
    await first.addRoute({ name: 'a', utterances: ['x'] });
    await first.close();
    const error = await refusal(openRouter({ encoder: createHashEncoder({ id: 'two' }), storage }));
    expect(error.code).toBe('ENCODER_MISMATCH');
    expect(error.message).toMatch(/two.*one/);
    const again = await openRouter({ encoder: createHashEncoder({ id: 'one' }), storage });
    expect((await again.query('x')).route).toBe('a');
    await again.close();
  });

  test('an emptied storage may be opened with another encoder', async () => {
    const storage = createMemoryStorage();
    const first = await openRouter({ encoder: createHashEncoder({ id: 'one' }), storage });
    await first.addRoute({ name: 'a', utterances: ['x'] });
    await first.removeRoute('a');
    await first.close();
    const second = await openRouter({ encoder: createHashEncoder({ id: 'two', dimensions: 3 }), storage });
    await second.addRoute({ name: 'b', utterances: ['x'] });
    await second.close();
    expect(await codeOf(openRouter({ encoder: createHashEncoder({ id: 'one' }), storage }))).toBe('ENCODER_MISMATCH');
  });

  test('two routers with different encoders cannot mix their vectors in one storage, whoever opens first', async () => {
    const storage = createMemoryStorage();
    const one = await openRouter({ encoder: createHashEncoder({ id: 'one' }), storage });
    const two = await openRouter({ encoder: createHashEncoder({ id: 'two' }), storage }).catch(() => undefined);
    await one.addRoute({ name: 'a', utterances: ['x'] });
    await Promise.all([one.close(), two?.close()]);
    expect(await codeOf(openRouter({ encoder: createHashEncoder({ id: 'two' }), storage }))).toBe('ENCODER_MISMATCH');
  });

  test('an encoder may reuse its buffer: what the index and the storage hold is theirs', async () => {
    const storage = createMemoryStorage();
    const encoder = createHashEncoder();
    const buffer = new Float32Array(64 * 32);
    const router = await openRouter({
      encoder: {
        ...encoder,
        async encode(texts) {
          const { vectors } = await encoder.encode(texts);
          buffer.set(vectors);
          return { vectors: buffer.subarray(0, vectors.length) };
        },
      },
      storage,
      batch: { maxBatchSize: 2 },
    });
    const texts = ['red apple', 'old pear', 'blue sky', 'wide sea', 'long road'];
    await router.addRoute({ name: 'a', utterances: texts, threshold: 0.999 });
    await router.query('something else');
    const decisions = await router.queryMany(texts);
    expect(decisions.map(({ utterance }) => utterance)).toEqual(texts);
    await router.close();
    const again = await openRouter({ encoder, storage, rule: 'best-utterance' });
    for (const text of texts) expect(await again.query(text)).toMatchObject({ route: 'a', utterance: text });
    await again.close();
  });
});

describe('the write queue', () => {
  const mutation: Mutation = { type: 'remove-route', name: 'a' };

  test('a write that throws at once is a failed write', async () => {
    const queue = createWriteQueue({
      apply() {
        throw new Error('at once');
      },
    });
    expect(await codeOf(queue.push(mutation).durable)).toBe('STORAGE_FAILED');
    expect(await codeOf(queue.push(mutation).durable)).toBe('STORAGE_FAILED');
    expect(await codeOf(queue.flush())).toBe('STORAGE_FAILED');
  });

  test('whatever a storage rejects with, nothing is written after it', async () => {
    for (const reason of [undefined, null, 'text', Symbol('s'), Object.create(null), { message: 'x' }]) {
      let calls = 0;
      const queue = createWriteQueue({
        async apply() {
          calls++;
          throw reason;
        },
      });
      expect(await codeOf(queue.push(mutation).durable)).toBe('STORAGE_FAILED');
      expect(await codeOf(queue.push(mutation).durable)).toBe('STORAGE_FAILED');
      expect(calls).toBe(1);
    }
  });

  test('flush waits for what was pushed before it and not for what comes later', async () => {
    const gates = [createDeferred<void>(), createDeferred<void>()];
    let calls = 0;
    const queue = createWriteQueue({ apply: async () => gates[calls++]?.promise });
    queue.push(mutation);
    await drain();
    const flushing = queue.flush();
    queue.push(mutation);
    gates[0]?.resolve();
    await flushing;
    expect([queue.revision, queue.durableRevision]).toEqual([2, 1]);
    gates[1]?.resolve();
    await queue.flush();
    expect(queue.durableRevision).toBe(2);
  });
});
