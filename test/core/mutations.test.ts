/** The five changes of routes: their order, their receipts, their refusals, and what an abort leaves behind. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, type Router, type RouterError, type Storage } from 'synaptoroute';
import { createHashEncoder, type TestEncoder } from '../support/encoders.ts';
import { codeOf, createDeferred, drain } from '../support/promises.ts';
import { SIDES, type Side } from '../support/wire.ts';

interface Opened {
  readonly router: Router;
  readonly encoder: TestEncoder;
}

async function open(side: Side): Promise<Opened> {
  const encoder = createHashEncoder({ maxLength: 100 });
  return { encoder, router: await side.open({ encoder, storage: createMemoryStorage(), batch: { maxBatchSize: 8 } }) };
}

async function names(router: Router): Promise<readonly string[]> {
  return (await router.routes()).map(({ name }) => name);
}

/** Waits, without time passing, until the encoder was asked for a text. */
async function untilEncoding(encoder: TestEncoder, text: string): Promise<void> {
  for (let i = 0; i < 10_000 && !encoder.runs.flat().includes(text); i++) await drain();
}

describe.each(SIDES)('$side', (side) => {
  test('calls take effect in the order in which they were made, however long their texts take', async () => {
    const { router } = await open(side);
    const long = Array.from({ length: 50 }, (_, i) => `sentence number ${i}`);
    const calls = [
      router.addRoute({ name: 'a', utterances: long }),
      router.setThreshold('a', 0.9),
      router.addRoute({ name: 'b', utterances: ['short'] }),
      router.removeUtterances('a', ['sentence number 3']),
      router.removeRoute('a'),
      router.addRoute({ name: 'a', utterances: ['again'] }),
      router.addUtterances('a', ['and again']),
    ];
    expect((await Promise.all(calls)).map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await router.routes()).toMatchObject([
      { name: 'b', utterances: ['short'], thresholdFrom: 'calibration' },
      { name: 'a', utterances: ['again', 'and again'], thresholdFrom: 'calibration' },
    ]);
    await router.close();
  });

  test('of two routes of one name added at once the first wins and the second is ROUTE_EXISTS', async () => {
    const { router } = await open(side);
    const outcomes = await Promise.allSettled([
      router.addRoute({ name: 'a', utterances: ['first one', 'with two'] }),
      router.addRoute({ name: 'a', utterances: ['second'] }),
    ]);
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'ROUTE_EXISTS' } }]);
    expect(await router.routes()).toMatchObject([{ utterances: ['first one', 'with two'] }]);
    expect((await router.query('second')).route).toBeNull();
    await router.close();
  });

  test('a refused change counts no revision and lets the ones after it through', async () => {
    const { router } = await open(side);
    const outcomes = await Promise.allSettled([
      router.removeRoute('a'),
      router.addRoute({ name: 'a', utterances: ['x'] }),
      router.setThreshold('b', 0),
      router.addUtterances('b', ['y']),
      router.setThreshold('a', 0.1),
    ]);
    const summary = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.revision : (outcome.reason as { code: string }).code,
    );
    expect(summary).toEqual(['ROUTE_NOT_FOUND', 1, 'ROUTE_NOT_FOUND', 'ROUTE_NOT_FOUND', 2]);
    await router.close();
  });

  test('every verb on an unknown route is ROUTE_NOT_FOUND (fault 9)', async () => {
    const { router } = await open(side);
    expect(await codeOf(router.removeRoute('a'))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.addUtterances('a', ['x']))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.removeUtterances('a', ['x']))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.setThreshold('a', 0))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.setThreshold('a', undefined))).toBe('ROUTE_NOT_FOUND');
    await router.close();
  });

  test('an utterance given twice, or added again, leaves one vector (fault 6)', async () => {
    const { router } = await open(side);
    await router.addRoute({ name: 'a', utterances: ['x', ' x ', 'y', 'x\n'] });
    const receipt = await router.addUtterances('a', ['y', 'z', 'z ', 'x']);
    expect(receipt.revision).toBe(2);
    await router.addUtterances('a', ['x', 'y']);
    expect((await router.routes())[0]?.utterances).toEqual(['x', 'y', 'z']);
    expect((await router.status()).utterances).toBe(3);
    await router.removeUtterances('a', ['y', 'y', ' y']);
    expect((await router.routes())[0]?.utterances).toEqual(['x', 'z']);
    expect((await router.query('y')).route).toBeNull();
    await router.close();
  });

  test('removing every utterance, or one that is not there, is refused whole', async () => {
    const { router } = await open(side);
    await router.addRoute({ name: 'a', utterances: ['x', 'y'] });
    expect(await codeOf(router.removeUtterances('a', ['x', 'y']))).toBe('INVALID_ROUTE');
    expect(await codeOf(router.removeUtterances('a', ['x', 'unknown']))).toBe('INVALID_ROUTE');
    expect(await codeOf(router.removeUtterances('a', ['X']))).toBe('INVALID_ROUTE');
    expect((await router.routes())[0]?.utterances).toEqual(['x', 'y']);
    expect((await router.query('x')).route).toBe('a');
    await router.close();
  });

  test('a removed route is gone from every answer, and its name and its place are free', async () => {
    const { router } = await open(side);
    for (const name of ['a', 'b', 'c'])
      await router.addRoute({ name, utterances: [`sentence ${name}`, `${name} ${name}`] });
    await router.removeRoute('b');
    const decision = await router.query('sentence b');
    expect(decision.candidates.map(({ route }) => route).toSorted()).toEqual(['a', 'c']);
    await router.addRoute({ name: 'b', utterances: ['something else'] });
    expect(await names(router)).toEqual(['a', 'c', 'b']);
    expect(await router.query('something else')).toMatchObject({ route: 'b', utterance: 'something else' });
    expect((await router.query('b b')).candidates.find(({ route }) => route === 'b')?.utterance).toBe('something else');
    await router.close();
  });

  test('a receipt names the utterances that were cut', async () => {
    const { router } = await open(side);
    const long = 'long '.repeat(30).trim();
    const added = await router.addRoute({ name: 'a', utterances: ['short', long] });
    expect(added.truncated).toEqual([long]);
    expect((await router.addUtterances('a', ['b', `${long} too`])).truncated).toEqual([`${long} too`]);
    expect((await router.setThreshold('a', 0)).truncated).toEqual([]);
    await router.close();
  });

  test('a failing encoder refuses the change with ENCODER_FAILED, and the same change works later', async () => {
    const { router, encoder } = await open(side);
    await router.addRoute({ name: 'a', utterances: ['x'] });
    for (const act of [
      () => router.addRoute({ name: 'b', utterances: ['y'] }),
      () => router.addUtterances('a', ['z']),
      () => router.query('x'),
      () => router.queryMany(['x', 'y']),
    ]) {
      encoder.failNext(new Error('out of memory'));
      expect(await codeOf(act())).toBe('ENCODER_FAILED');
      await act();
    }
    expect((await router.status()).revision).toBe(3);
    await router.close();
  });

  test('a call that fails asks the encoder for no more of its texts', async () => {
    const { router, encoder } = await open(side);
    const texts = Array.from({ length: 100 }, (_, i) => `sentence number ${i}`);
    for (const call of [() => router.queryMany(texts), () => router.addRoute({ name: 'a', utterances: texts })]) {
      const runs = encoder.runs.length;
      encoder.failNext(new Error('down'));
      expect(await codeOf(call())).toBe('ENCODER_FAILED');
      await router.addRoute({ name: `after-${runs}`, utterances: ['another'] });
      expect(encoder.runs.length).toBeLessThanOrEqual(runs + 3);
    }
    await router.close();
  });

  test('a change that is aborted while its texts are encoded rejects at once and is never applied', async () => {
    const { router, encoder } = await open(side);
    await router.addRoute({ name: 'a', utterances: ['x'] });
    encoder.hold();
    const abort = new AbortController();
    const adding = router.addRoute({ name: 'b', utterances: ['held text'] }, { signal: abort.signal });
    const growing = router.addUtterances('a', ['more text'], { signal: abort.signal });
    const many = router.queryMany(['held query'], { signal: abort.signal });
    const query = router.query('single query', { signal: abort.signal });
    await untilEncoding(encoder, 'held text');
    abort.abort();
    expect(await Promise.all([adding, growing, many, query].map(codeOf))).toEqual(Array(4).fill('ABORTED'));
    for (let i = 0; i < 5; i++) await drain();
    encoder.release();
    await router.addUtterances('a', ['after']);
    expect(await router.routes()).toMatchObject([{ name: 'a', utterances: ['x', 'after'] }]);
    expect((await router.status()).revision).toBe(2);
    await router.close();
  });

  test('ABORTED means never applied, also where the abort and the change cross on their way', async () => {
    const { router, encoder } = await open(side);
    encoder.hold();
    const abort = new AbortController();
    const adding = router.addRoute({ name: 'a', utterances: ['held text'] }, { signal: abort.signal });
    await untilEncoding(encoder, 'held text');
    abort.abort();
    encoder.release();
    const outcome = await adding.then(
      () => 'applied',
      (error: RouterError) => error.code,
    );
    expect([outcome, await names(router)]).toEqual(outcome === 'applied' ? ['applied', ['a']] : ['ABORTED', []]);
    await router.close();
  });

  test('a change that waits for its turn rejects at once when it is aborted or late, and is never applied', async () => {
    const disk = createDeferred<void>();
    const memory = createMemoryStorage();
    const storage: Storage = { ...memory, apply: (mutations) => disk.promise.then(() => memory.apply(mutations)) };
    const router = await side.open({ encoder: createHashEncoder(), storage });
    await router.addRoute({ name: 'a', utterances: ['x'] });
    const { router: other } = await open(side);
    const file = await other.exportFile();
    // It has the turn, and waits for the disk.
    const exporting = router.exportFile();
    const abort = new AbortController();
    const { signal } = abort;
    const waiting = [
      router.addRoute({ name: 'b', utterances: ['y'] }, { signal }),
      router.addNegatives('a', ['z'], { signal }),
      router.fit({ signal }),
      router.importFile(file, { signal }),
    ].map(codeOf);
    const late = codeOf(router.addUtterances('a', ['y'], { timeoutMs: 5 }));
    abort.abort();
    expect(await Promise.all(waiting)).toEqual(Array(4).fill('ABORTED'));
    expect(await late).toBe('TIMEOUT');
    // Over a port, an answer says that the other side knows of the abort.
    await router.status();
    disk.resolve();
    await exporting;
    await router.flush();
    expect(await router.routes()).toMatchObject([{ name: 'a', utterances: ['x'] }]);
    expect((await router.status()).revision).toBe(1);
    await router.close();
    await other.close();
  });

  test('a signal that is aborted already stops every call before it reaches the encoder', async () => {
    const { router, encoder } = await open(side);
    const options = { signal: AbortSignal.abort() };
    const before = encoder.runs.length;
    expect(await codeOf(router.query('x', options))).toBe('ABORTED');
    expect(await codeOf(router.queryMany(['x', 'y'], options))).toBe('ABORTED');
    expect(await codeOf(router.encode(['x', 'y'], options))).toBe('ABORTED');
    expect(await codeOf(router.addRoute({ name: 'a', utterances: ['x'] }, options))).toBe('ABORTED');
    expect(encoder.runs).toHaveLength(before);
    expect(await names(router)).toEqual([]);
    await router.close();
  });

  test('an aborted queryMany leaves its waiting texts unencoded', async () => {
    const { router, encoder } = await open(side);
    encoder.hold();
    const abort = new AbortController();
    const texts = Array.from({ length: 40 }, (_, i) => `text ${String(i).padStart(2, '0')}`);
    const many = router.queryMany(texts, { signal: abort.signal });
    await untilEncoding(encoder, 'text 00');
    abort.abort(new DOMException('late', 'TimeoutError'));
    expect(await codeOf(many)).toBe('TIMEOUT');
    for (let i = 0; i < 5; i++) await drain();
    encoder.release();
    await router.query('after');
    expect(encoder.texts).toBe(8 + 1);
    await router.close();
  });

  test('a signal may be aborted after its calls have ended, and harms nothing', async () => {
    const { router } = await open(side);
    const abort = new AbortController();
    const receipt = await router.addRoute({ name: 'a', utterances: ['x'] }, { signal: abort.signal });
    await router.query('x', { signal: abort.signal });
    abort.abort();
    await receipt.durable;
    expect(await names(router)).toEqual(['a']);
    await router.close();
  });
});
