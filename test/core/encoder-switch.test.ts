/** Two encoders in one router's life: the old one answers until the new one has encoded everything, and then all changes at once. */

import { createMemoryStorage, openRouter, type LocalRouter, type ReencodeProgress, type Storage } from 'synaptoroute';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHashEncoder, type TestEncoder } from '../support/encoders.ts';
import { codeOf, createDeferred, drain } from '../support/promises.ts';

const ROUTES = [
  { name: 'billing', utterances: ['I need a refund', 'where is my receipt'], threshold: 0.3, metadata: { queue: 2 } },
  { name: 'hours', utterances: ['when do you open', 'are you open on sunday'], negatives: ['open the door'] },
];

let router: LocalRouter;
let old: TestEncoder;
let next: TestEncoder;
let storage: ReturnType<typeof createMemoryStorage>;
beforeEach(async () => {
  old = createHashEncoder({ id: 'old', dimensions: 64 });
  next = createHashEncoder({ id: 'next', dimensions: 32 });
  storage = createMemoryStorage();
  router = await openRouter({ encoder: old, storage, batch: { maxBatchSize: 2 } });
  for (const route of ROUTES) await router.addRoute(route);
});
afterEach(() => router.close());

async function encoderOf(text: string): Promise<string> {
  return (await router.query(text)).encoderId;
}

test('the old encoder answers until the new one has encoded every text, then all is the new one’s', async () => {
  const before = await router.routes();
  const seen: ReencodeProgress[] = [];
  next.hold();
  const switching = router.setEncoder(next, { onReencode: (progress) => seen.push(progress) });
  await drain();
  expect(await encoderOf('I need a refund')).toBe('old');
  next.release();
  const { durable, revision } = await switching;
  await durable;
  expect(revision).toBe(3);
  expect(seen.map(({ encodedTexts }) => encodedTexts)).toEqual([2, 4, 5]);
  expect(seen.every(({ totalTexts }) => totalTexts === 5)).toBe(true);
  expect(await router.query('I need a refund')).toMatchObject({
    route: 'billing',
    encoderId: 'next',
    metadata: { queue: 2 },
  });
  expect((await router.routes()).map(({ name, utterances, negatives }) => ({ name, utterances, negatives }))).toEqual(
    before.map(({ name, utterances, negatives }) => ({ name, utterances, negatives })),
  );
  const status = await router.status();
  expect([status.encoder.id, status.encoder.dimensions, status.queries, status.utterances]).toEqual(['next', 32, 2, 5]);
  expect((await storage.load({ id: 'next', dimensions: 32 })).encoder).toEqual({ id: 'next', dimensions: 32 });
  const runs = old.runs.length;
  await router.addUtterances('hours', ['until when']);
  expect(old.runs).toHaveLength(runs);
});

test('what the old encoder was asked before the change it still answers, by its own routes', async () => {
  old.hold();
  const asked = router.query('I need a refund');
  await drain();
  const { retired } = await router.setEncoder(next);
  let isRetired = false;
  void retired.finally(() => {
    isRetired = true;
  });
  await drain();
  expect(isRetired).toBe(false);
  old.release();
  await retired;
  expect(await asked).toMatchObject({ route: 'billing', encoderId: 'old' });
  expect((await router.status()).queries).toBe(1);
});

test('changes of the routes during the change are kept, by whichever encoder their texts were encoded', async () => {
  next.hold();
  const switching = router.setEncoder(next);
  await drain();
  await router.addRoute({ name: 'greet', utterances: ['good morning'] });
  await router.removeUtterances('hours', ['when do you open']);
  next.release();
  const late = router.addRoute({ name: 'leave', utterances: ['good night'] });
  await switching;
  await late;
  expect((await router.routes()).map(({ name }) => name)).toEqual(['billing', 'hours', 'greet', 'leave']);
  for (const [text, route] of [
    ['good morning', 'greet'],
    ['good night', 'leave'],
  ] as const) {
    expect(await router.query(text)).toMatchObject({ route, encoderId: 'next', score: expect.closeTo(1, 0) });
  }
  expect((await router.routes())[1]?.utterances).toEqual(['are you open on sunday']);
});

test('a new encoder that fails, is aborted or is no encoder changes nothing', async () => {
  next.failNext(new Error('no luck'));
  expect(await codeOf(router.setEncoder(next))).toBe('ENCODER_FAILED');
  expect(await codeOf(router.setEncoder(next, { signal: AbortSignal.abort() }))).toBe('ABORTED');
  expect(await codeOf(router.setEncoder('next' as never))).toBe('INVALID_OPTION');
  expect(await codeOf(router.setEncoder(next, null as never))).toBe('INVALID_OPTION');
  expect(await encoderOf('I need a refund')).toBe('old');
  expect((await router.status()).revision).toBe(2);
});

test('a new encoder that hangs holds nothing up: its change ends with the signal at once', async () => {
  next.hold();
  expect(await codeOf(router.setEncoder(next, { timeoutMs: 5 }))).toBe('TIMEOUT');
  next.release();
  const abort = new AbortController();
  let adding: Promise<unknown> | undefined;
  const switching = router.setEncoder(next, {
    signal: abort.signal,
    onReencode({ encodedTexts, totalTexts }) {
      if (encodedTexts < totalTexts) return;
      // It comes before the last step, in which its text must be encoded too.
      adding = router.addRoute({ name: 'greet', utterances: ['good morning'] });
      next.hold();
    },
  });
  while (!next.runs.flat().includes('good morning')) await drain();
  abort.abort();
  expect(await codeOf(switching)).toBe('ABORTED');
  await adding;
  await router.addRoute({ name: 'leave', utterances: ['good night'] });
  expect(await router.query('good night')).toMatchObject({ route: 'leave', encoderId: 'old' });
  await router.setEncoder(createHashEncoder({ id: 'last', dimensions: 16 }));
  expect(await encoderOf('good morning')).toBe('last');
});

test('a router that is closed during the change rejects it with CLOSED', async () => {
  next.hold();
  const switching = codeOf(router.setEncoder(next));
  await drain();
  await router.close();
  next.release();
  expect(await switching).toBe('CLOSED');
});

test('a file that is read while the encoder is set anew is imported into the routes of now', async () => {
  const disk = createDeferred<void>();
  const memory = createMemoryStorage();
  const slow: Storage = { ...memory, apply: (mutations) => disk.promise.then(() => memory.apply(mutations)) };
  const busy = await openRouter({ encoder: old, storage: slow });
  await busy.addRoute({ name: 'greet', utterances: ['good morning'] });
  const file = await router.exportFile();
  // It has the turn, and waits for the disk; the change and the file wait behind it.
  const exporting = busy.exportFile();
  const runs = old.runs.length;
  const switching = busy.setEncoder(old);
  while (old.runs.length === runs) await drain();
  for (let i = 0; i < 5; i++) await drain();
  const importing = busy.importFile(file);
  disk.resolve();
  await Promise.all([exporting, switching, importing]);
  expect((await busy.routes()).map(({ name }) => name)).toEqual(['billing', 'hours']);
  await busy.close();
});

test('two changes at once are made one after the other', async () => {
  const last = createHashEncoder({ id: 'last', dimensions: 16 });
  await Promise.all([router.setEncoder(next), router.setEncoder(last)]);
  expect(await encoderOf('I need a refund')).toBe('last');
});
