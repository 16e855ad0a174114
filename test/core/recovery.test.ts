/** What becomes of stored vectors that cannot be used, and how memory returns to what is stored. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type ReencodeProgress, type Storage, type StoredState } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { attempt, codeOf, refusal } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';
import { SIDES } from '../support/wire.ts';

const one = (): ReturnType<typeof createHashEncoder> => createHashEncoder({ id: 'one' });
const two = (): ReturnType<typeof createHashEncoder> => createHashEncoder({ id: 'two', dimensions: 32 });

async function fill(storage: Storage): Promise<void> {
  const router = await openRouter({ encoder: one(), storage });
  await router.addRoute({ name: 'a', utterances: ['red apple', 'green apple'], threshold: 0.2, metadata: { n: 1 } });
  await router.addRoute({ name: 'b', utterances: ['old pear'] });
  await router.close();
}

/** A storage whose vector of one text is damaged. */
function damaging(storage: Storage, text: string): Storage {
  return {
    ...storage,
    async load(encoder): Promise<StoredState> {
      const state = await storage.load(encoder);
      const routes = state.routes.map((route) => ({
        ...route,
        utterances: route.utterances.map((utterance) =>
          utterance.text === text ? { ...utterance, damage: 'row 7 of table "t" is torn' } : utterance,
        ),
      }));
      return { ...state, routes };
    },
  };
}

describe('routes of another encoder', () => {
  test('are encoded anew when the caller says so, with progress, and are that encoder’s from then on', async () => {
    const storage = createMemoryStorage();
    await fill(storage);
    const encoder = two();
    const seen: ReencodeProgress[] = [];
    const router = await openRouter({
      encoder,
      storage,
      onMismatch: 'reencode',
      onReencode: (progress) => seen.push(progress),
      batch: { maxBatchSize: 2 },
    });
    expect(seen).toEqual([
      { encodedTexts: 2, totalTexts: 3 },
      { encodedTexts: 3, totalTexts: 3 },
    ]);
    expect(await router.routes()).toMatchObject([
      { name: 'a', utterances: ['red apple', 'green apple'], threshold: 0.2, metadata: { n: 1 } },
      { name: 'b', utterances: ['old pear'] },
    ]);
    expect((await router.query('old pear')).route).toBe('b');
    await router.close();
    const again = two();
    const reopened = await openRouter({ encoder: again, storage });
    expect(again.texts).toBe(0);
    await reopened.close();
    expect(await codeOf(openRouter({ encoder: one(), storage }))).toBe('ENCODER_MISMATCH');
  });

  test('stay the first encoder’s where encoding is aborted, fails, or cannot be stored', async () => {
    const storage = createTestStorage();
    await fill(storage);
    const failing = two();
    failing.failNext(new Error('no memory'));
    expect(await codeOf(openRouter({ encoder: failing, storage, onMismatch: 'reencode' }))).toBe('ENCODER_FAILED');

    const controller = new AbortController();
    const aborted = openRouter({
      encoder: two(),
      storage,
      onMismatch: 'reencode',
      signal: controller.signal,
      onReencode: () => controller.abort(),
      batch: { maxBatchSize: 1 },
    });
    expect(await codeOf(aborted)).toBe('ABORTED');

    storage.failWith(new Error('disk full'));
    const error = await refusal(openRouter({ encoder: two(), storage, onMismatch: 'reencode' }));
    expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(error.message).toContain('disk full');
    storage.mend();

    const encoder = one();
    const router = await openRouter({ encoder, storage });
    expect((await router.query('old pear')).route).toBe('b');
    expect(encoder.texts).toBe(1);
    await router.close();
  });

  test('of the same id and another number of dimensions are refused with both', async () => {
    const storage = createMemoryStorage();
    await fill(storage);
    const error = await refusal(openRouter({ encoder: createHashEncoder({ id: 'one', dimensions: 8 }), storage }));
    expect(error.code).toBe('ENCODER_MISMATCH');
    expect(error.message).toMatch(/8 dimensions.*one \(64\)/);
  });
});

describe('damaged vectors', () => {
  test('are STORAGE_CORRUPT, naming route, text and row', async () => {
    const storage = createMemoryStorage();
    await fill(storage);
    const error = await refusal(openRouter({ encoder: one(), storage: damaging(storage, 'green apple') }));
    expect(error.code).toBe('STORAGE_CORRUPT');
    expect(error.message).toContain('"green apple" of "a": row 7 of table "t" is torn');
  });

  test('are made again from their texts when the caller says so, and no others; the fit stays', async () => {
    const storage = createMemoryStorage();
    await fill(storage);
    const fit = Uint8Array.of(1, 2, 3);
    await storage.apply([{ type: 'set-fit', fit }]);
    const encoder = one();
    const router = await openRouter({ encoder, storage: damaging(storage, 'green apple'), onCorrupt: 'reencode' });
    expect(encoder.runs).toEqual([['green apple']]);
    expect(await router.query('green apple')).toMatchObject({ route: 'a', utterance: 'green apple' });
    await router.close();
    expect((await storage.load(encoder)).fit).toEqual(fit);
  });
});

describe.each(SIDES)('reload, $side', (side) => {
  test('puts what is stored in place of what a failed write left in memory, and writes go on', async () => {
    const storage = createTestStorage();
    const router = await side.open({ encoder: one(), storage });
    await router.addRoute({ name: 'kept', utterances: ['kept sentence'] });
    await router.flush();
    expect(await router.status()).toMatchObject({ writeFailure: null });
    storage.failWith(new Error('disk full'));
    const lost = await router.addRoute({ name: 'lost', utterances: ['nothing stored'] });
    expect(await codeOf(lost.durable)).toBe('STORAGE_FAILED');
    expect((await router.status()).writeFailure).toContain('disk full');
    storage.mend();
    await router.reload();
    expect((await router.routes()).map(({ name }) => name)).toEqual(['kept']);
    expect(await router.query('nothing stored')).toMatchObject({ route: null });
    expect(await router.status()).toMatchObject({ writeFailure: null, routes: 1, utterances: 1 });
    await (
      await router.addRoute({ name: 'later', utterances: ['later sentence'] })
    ).durable;
    await router.close();
    const again = await openRouter({ encoder: one(), storage });
    expect((await again.routes()).map(({ name }) => name)).toEqual(['kept', 'later']);
    await again.close();
  });

  test('comes after every earlier change and before every later one', async () => {
    const storage = createTestStorage();
    const encoder = one();
    const router = await side.open({ encoder, storage });
    encoder.hold();
    const before = router.addRoute({ name: 'before', utterances: ['before'] });
    const reloading = router.reload();
    const after = router.addRoute({ name: 'after', utterances: ['after'] });
    encoder.release();
    await Promise.all([before, reloading, after]);
    expect((await router.routes()).map(({ name }) => name)).toEqual(['before', 'after']);
    await router.flush();
    await router.close();
  });

  test('that cannot load leaves memory as it was, and rejects', async () => {
    const storage = createTestStorage();
    let isBroken = false;
    const load: Storage['load'] = async (encoder) => {
      if (isBroken) throw new Error('gone');
      return storage.load(encoder);
    };
    const router = await side.open({ encoder: one(), storage: { ...storage, load } });
    await router.addRoute({ name: 'a', utterances: ['x'] });
    isBroken = true;
    expect(await codeOf(router.reload())).toBe('STORAGE_FAILED');
    expect((await router.query('x')).route).toBe('a');
    await router.close();
    expect(await codeOf(router.reload())).toBe('CLOSED');
  });
});

test.each(['onMismatch', 'onCorrupt'])('%s of another word is INVALID_OPTION', async (name) => {
  const options = { encoder: one(), storage: createMemoryStorage(), [name]: 'ignore' } as never;
  expect(await codeOf(attempt(() => openRouter(options)))).toBe('INVALID_OPTION');
});
