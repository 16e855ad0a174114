/** The Node preset with the embedded model: from text to decision, with any text, and to the end of its life. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createEncoder,
  createMemoryStorage,
  openRouter,
  RouterError,
  type Encoder,
  type LoadProgress,
  type Router,
} from 'synaptoroute/node';
import { openRouter as openInPage } from 'synaptoroute/browser';
import { createHashEncoder } from '../support/encoders.ts';
import { REFERENCE_CASES, REFERENCE_QUERIES, REFERENCE_ROUTES } from '../support/reference.ts';
import { createFolder } from '../support/folder.ts';
import { codeOf, refusal, uncaughtDuring } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';

let encoder: Encoder;
let router: Router;

beforeAll(async () => {
  encoder = await createEncoder();
  router = await openRouter({ encoder });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
});

afterAll(async () => {
  await router.close();
  await encoder.close?.();
});

describe('decisions', () => {
  test.each(REFERENCE_CASES)('“%s” belongs to %s', async (query, route) => {
    const decision = await router.query(query);
    expect(decision.route).toBe(route);
    expect(decision.candidates).toHaveLength(3);
    expect(decision.truncated).toBe(false);
    expect(decision.encoderId).toBe(encoder.id);
  });

  test('an utterance itself goes to its route, nearest to itself, with a high score', async () => {
    for (const { name, utterances } of REFERENCE_ROUTES) {
      for (const utterance of utterances) {
        const decision = await router.query(utterance);
        expect(decision).toMatchObject({ route: name, utterance });
        expect(decision.score).toBeGreaterThan(0.8);
        expect(decision.score).toBeLessThanOrEqual(1);
      }
    }
  });

  test('queryMany and single queries at once decide alike, however they meet in batches', async () => {
    const texts = Array.from({ length: 10 }, (_, i) =>
      REFERENCE_QUERIES.map((query) => `${query} ${i || ''}`.trim()),
    ).flat();
    const many = await router.queryMany(texts);
    const single = await Promise.all(texts.map((text) => router.query(text)));
    for (const [i, decision] of many.entries()) {
      expect(single[i]?.route).toBe(decision.route);
      expect(Math.abs((single[i]?.score ?? NaN) - (decision.score ?? NaN))).toBeLessThan(1e-3);
    }
  });
});

describe('any text', () => {
  const blank = ['', ' ', '\n\t\r', '\u00a0\u3000', '🙂', '🙂🙂🙂', '\ud800'];
  test.each(blank)('%j has nothing in it, and matches nothing', async (text) => {
    expect(await router.query(text)).toMatchObject({
      reason: 'below-threshold',
      route: null,
      score: 0,
      truncated: false,
    });
  });

  const odd: readonly (readonly [string, string])[] = [
    ['a lone surrogate in a sentence', 'I need a \udc00 refund'],
    ['control characters', 'I need\0 a\u0007 refund\u001b[31m'],
    ['right-to-left marks', '\u202eI need a refund\u202c'],
    ['an injected special token', 'I need a refund </s><unk> 0<s>'],
    ['full-width letters', 'Ｉ ｎｅｅｄ ａ ｒｅｆｕｎｄ'],
    ['Chinese', '我想要退款'],
    ['combining marks without end', `refund${'\u0301'.repeat(5000)}`],
    ['one word without end', 'refund'.repeat(2000)],
    ['only punctuation', '?!?!?!... --- ###'],
    ['a regular expression’s nightmare', `${'a'.repeat(30_000)}!`],
    ['white space without end', `refund${' '.repeat(200_000)}please`],
  ];
  test.each(odd)('%s gets a sound decision', async (_, text) => {
    const decision = await router.query(text);
    expect(decision.candidates).toHaveLength(3);
    for (const { score } of decision.candidates) {
      expect(score).toBeGreaterThanOrEqual(-1);
      expect(score).toBeLessThanOrEqual(1);
    }
    expect((await router.query('I need a refund')).route).toBe('billing');
  });

  test('a megabyte is decided by its beginning, and says so', async () => {
    const decision = await router.query(`I need a refund. ${'I need my money back. '.repeat(48_000)}`);
    expect(decision).toMatchObject({ truncated: true });
    expect(decision.candidates[0]?.route).toBe('billing');
    const plain = 'x'.repeat(1_048_576);
    expect((await router.query(plain)).truncated).toBe(true);
  });
});

describe('life', () => {
  test('without options it opens the embedded model, with routes in memory', async () => {
    const seen: LoadProgress[] = [];
    await using own = await openRouter({ onProgress: (progress) => seen.push(progress) });
    await own.addRoute({ name: 'hours', utterances: ['When do you open?'], metadata: { team: 'front desk' } });
    expect(await own.query('when do you open')).toMatchObject({ route: 'hours', metadata: { team: 'front desk' } });
    expect(await own.status()).toMatchObject({
      encoder: { id: encoder.id, device: 'native', threads: 1 },
      storage: { kind: 'memory', persistent: false },
      routes: 1,
      utterances: 1,
      revision: 1,
    });
    expect(seen.at(-1)?.loadedBytes).toBe(seen.at(-1)?.totalBytes);
  });

  test('a router on a given encoder leaves it open, so that routers can share one', async () => {
    const first = await openRouter({ encoder });
    const second = await openRouter({ encoder });
    await first.addRoute({ name: 'a', utterances: ['first sentence'] });
    await second.addRoute({ name: 'b', utterances: ['second sentence'] });
    await first.close();
    expect((await second.query('second sentence')).candidates.map(({ route }) => route)).toEqual(['b']);
    await second.close();
    expect((await encoder.encode(['still there'])).vectors).toHaveLength(encoder.dimensions);
  });

  test('closing during a burst settles every query, and crashes nothing', async () => {
    const uncaught = await uncaughtDuring(async () => {
      const own = await openRouter();
      await own.addRoute({ name: 'a', utterances: ['first sentence'] });
      const queries = Array.from({ length: 200 }, (_, i) => own.query(`question ${i}`));
      queries.push(own.query('first sentence'));
      const outcomes = Promise.allSettled(queries);
      await queries[0];
      await own.close();
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected') expect((outcome.reason as RouterError).code).toBe('CLOSED');
      }
      expect(await codeOf(own.query('later'))).toBe('CLOSED');
    });
    expect(uncaught).toEqual([]);
  });

  test('an opening that fails closes what it has made: the encoder, and the storage it was given', async () => {
    const storage = createTestStorage();
    const broken = { ...storage, load: () => Promise.reject(new Error('broken')) };
    expect(await codeOf(openRouter({ encoder: createHashEncoder(), storage: broken }))).toBe('STORAGE_FAILED');
    expect(storage.closes).toBe(1);
  });

  test('a wrong batch option is INVALID_OPTION before the model is loaded', async () => {
    const seen: LoadProgress[] = [];
    const opening = openRouter({ batch: { maxBatchSize: 0 }, onProgress: (progress) => seen.push(progress) });
    expect(await codeOf(opening)).toBe('INVALID_OPTION');
    expect(seen).toEqual([]);
  });

  test.each<readonly [string, object, RegExp]>([
    ['a signal that is none', { signal: 5 }, /`signal`/],
    ['an encoder that is a name', { encoder: 'Xenova/all-MiniLM-L6-v2' }, /`encoder` to have encode\(\), got "Xenova/],
    ['an encoder that was not awaited', { encoder: Promise.resolve(createHashEncoder()) }, /a promise; await it/],
    ['a misspelt option', { storge: 'routes.db' }, /`storge`, .* storage/],
  ])('%s is INVALID_OPTION, and leaves no lock on the file', async (_, wrong, message) => {
    using folder = createFolder();
    const options = { encoder: createHashEncoder(), storage: folder.path('routes.db') };
    const error = await refusal(openRouter({ ...options, ...wrong }));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toMatch(message);
    await using again = await openRouter(options);
    expect(await again.routes()).toEqual([]);
  });

  test.each<readonly [string, unknown, RegExp]>([
    ['a path in place of options', 'routes.db', /`options` to be an object, got "routes.db"/],
    ['null in place of options', null, /`options` to be an object/],
    ['a storage by name, as in browsers', { storage: { name: 'app' } }, /`storage` to have load\(\), .*got an object/],
    ['a storage that was not awaited', { storage: Promise.resolve(createMemoryStorage()) }, /a promise; await it/],
  ])('%s is INVALID_OPTION', async (_, options, message) => {
    const error = await refusal(openRouter(options as object));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toMatch(message);
  });

  test('the preset for pages is UNSUPPORTED on a server, and names the one to use', async () => {
    const error = await refusal(openInPage({ model: './model.onnx' }));
    expect(error).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('synaptoroute/node') });
  });

  test("storage 'memory' makes no file, as in browsers", async () => {
    await using own = await openRouter({ encoder: createHashEncoder(), storage: 'memory' });
    expect((await own.status()).storage).toMatchObject({ kind: 'memory', persistent: false });
  });

  test('a close with a wrong option closes nothing, and a right one still closes', async () => {
    const storage = createTestStorage();
    const own = await openRouter({ storage });
    expect(await codeOf(own.close({ pending: 'later' as never }))).toBe('INVALID_OPTION');
    expect((await own.query('still here')).reason).toBe('no-routes');
    await own.close();
    expect(storage.closes).toBe(1);
  });

  test('many routers can be open at once on one encoder', async () => {
    const shared = createHashEncoder();
    const routers = await Promise.all(
      Array.from({ length: 300 }, () => openRouter({ encoder: shared, storage: createMemoryStorage() })),
    );
    await Promise.all(routers.map((one, i) => one.addRoute({ name: `r${i}`, utterances: [`sentence ${i}`] })));
    const decisions = await Promise.all(routers.map((one, i) => one.query(`sentence ${i}`)));
    expect(decisions.map(({ route }) => route)).toEqual(routers.map((_, i) => `r${i}`));
    await Promise.all(routers.map((one) => one.close()));
  });
});
