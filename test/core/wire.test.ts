/** A router behind a real MessageChannel: the same answers, the same errors, and an end that everyone hears of. */

import { describe, expect, test } from 'vitest';
import {
  connectRouter,
  createMemoryStorage,
  openRouter,
  RouterError,
  serveRouter,
  type LoadProgress,
  type ReencodeProgress,
  type Router,
} from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf, createDeferred, drain, refusal, uncaughtDuring } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';
import { connectPair, openPlain, type WirePair } from '../support/wire.ts';

async function openPair(): Promise<WirePair> {
  return connectPair(openPlain);
}

describe('every method', () => {
  test('answers over the wire what it answers in process', async () => {
    const { client } = await openPair();
    const direct = await openPlain();
    const metadata = { team: 'a', deep: [{ n: 1.5 }, null, ''] };
    const acts: readonly ((router: Router) => Promise<unknown>)[] = [
      (router) => router.addRoute({ name: 'a', utterances: ['red apple', 'green apple'], threshold: -1, metadata }),
      (router) => router.addRoute({ name: 'b', utterances: ['old pear'] }),
      (router) => router.addUtterances('b', ['young pear', 'old pear']),
      (router) => router.removeUtterances('a', ['red apple']),
      (router) => router.setThreshold('b', 0),
      (router) => router.setThreshold('b', undefined),
      (router) => router.query('young pear'),
      (router) => router.query(''),
      (router) => router.queryMany(['green apple', 'nothing', 'pear']),
      (router) => router.queryMany([]),
      (router) => router.encode(['green apple', 'nothing', 'green apple'], { kind: 'utterance' }),
      (router) => router.encode([]),
      (router) => router.routes(),
      (router) => router.flush(),
      (router) => router.status(),
      (router) => router.removeRoute('a'),
      (router) => router.routes(),
      (router) => router.close(),
    ];
    for (const act of acts) {
      const [here, there] = [await act(direct), await act(client)];
      const durable = expect.any(Promise) as unknown;
      const isReceipt = typeof here === 'object' && here !== null && 'durable' in here;
      // How the queries met in time may differ.
      if (typeof here === 'object' && here !== null && 'queryRuns' in here) {
        const [queryRuns, batching] = [expect.any(Number) as unknown, expect.any(Object) as unknown];
        expect(there).toEqual({ ...here, queryRuns, batching });
      } else {
        expect(there).toEqual(isReceipt ? { ...here, durable } : here);
      }
    }
  });

  test('is a method of the whole Router on both ends, but for the change of an encoder, which cannot be sent', async () => {
    const { client, served } = await openPair();
    const local = Reflect.ownKeys(served).map((key) => (key === 'setEncoder' ? 'setModel' : key));
    expect(Reflect.ownKeys(client).toSorted(byText)).toEqual(local.toSorted(byText));
    await client.close();
  });
});

function byText(a: PropertyKey, b: PropertyKey): number {
  return String(a).localeCompare(String(b));
}

describe('errors', () => {
  test('keep class, name, code and message, and their cause as a text', async () => {
    const { client, served } = await openPair();
    const acts: readonly ((router: Router) => Promise<unknown>)[] = [
      (router) => router.query(5 as never),
      (router) => router.addRoute({ name: ' ', utterances: ['x'] }),
      (router) => router.removeRoute('unknown'),
    ];
    for (const act of acts) {
      const [here, there] = [await refusal(act(served)), await refusal(act(client))];
      expect(there).toBeInstanceOf(RouterError);
      expect(there).toBeInstanceOf(Error);
      expect([there.name, there.code, there.message]).toEqual(['RouterError', here.code, here.message]);
    }
    await client.close();
    const encoder = createHashEncoder();
    const pair = await connectPair(() => openRouter({ encoder, storage: createMemoryStorage() }));
    encoder.failNext(new TypeError('the cause underneath'));
    const error = await refusal(pair.client.query('x'));
    expect(error).toMatchObject({ code: 'ENCODER_FAILED', cause: 'the cause underneath' });
    await pair.client.close();
  });

  test('of opening reach the client, and end the connection once', async () => {
    const ends: string[] = [];
    const failures: readonly (readonly [() => Promise<Router>, string])[] = [
      [() => Promise.reject(new RouterError('MODEL_LOAD_FAILED', 'no such file')), 'MODEL_LOAD_FAILED'],
      [
        () => openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage(), batch: { maxBatchSize: 0 } }),
        'INVALID_OPTION',
      ],
      [
        () => {
          throw new RouterError('UNSUPPORTED', 'thrown at once');
        },
        'UNSUPPORTED',
      ],
    ];
    for (const [open, code] of failures) {
      expect(await codeOf(connectPair(open, { onEnd: () => ends.push(code) }))).toBe(code);
    }
    expect(ends).toEqual(failures.map(([, code]) => code));
  });

  test('a failed opening may be tried again over a new channel', async () => {
    let tries = 0;
    const open = async (): Promise<Router> => {
      tries++;
      if (tries === 1) throw new RouterError('MODEL_LOAD_FAILED', 'offline');
      return openPlain();
    };
    expect(await codeOf(connectPair(open))).toBe('MODEL_LOAD_FAILED');
    const { client } = await connectPair(open);
    expect((await client.query('x')).reason).toBe('no-routes');
    await client.close();
  });

  test('a failed write crosses as not durable', async () => {
    const storage = createTestStorage();
    const { client } = await connectPair(() => openRouter({ encoder: createHashEncoder(), storage }));
    storage.failWith(new Error('disk full'));
    const receipt = await client.addRoute({ name: 'a', utterances: ['x'] });
    const error = await refusal(receipt.durable);
    expect(error.code).toBe('STORAGE_FAILED');
    expect(error.cause).toBe('disk full');
    expect(await codeOf(client.close())).toBe('STORAGE_FAILED');
    expect(await codeOf(client.query('x'))).toBe('CLOSED');
  });
});

describe('aborts', () => {
  test('cross: the serving side takes the query out of its batch', async () => {
    const encoder = createHashEncoder();
    const { client, served } = await connectPair(() => openRouter({ encoder, storage: createMemoryStorage() }));
    encoder.hold();
    const running = client.query('running');
    while (encoder.runs.length < 1) await drain();
    const abort = new AbortController();
    const timeout = new AbortController();
    const aborted = client.query('aborted', { signal: abort.signal });
    const late = client.query('late', { signal: timeout.signal });
    while ((await served.status()).queued < 2) await drain();
    abort.abort();
    timeout.abort(new DOMException('late', 'TimeoutError'));
    expect([await codeOf(aborted), await codeOf(late)]).toEqual(['ABORTED', 'TIMEOUT']);
    while ((await served.status()).queued > 0) await drain();
    encoder.release();
    await running;
    expect(encoder.runs.flat()).toEqual(['running']);
    await client.close();
  });

  test('of opening reject at once, end the connection, and leave no router open behind the port', async () => {
    const gate = createDeferred<void>();
    const storage = createTestStorage();
    const abort = new AbortController();
    const ends: number[] = [];
    const { port1, port2 } = new MessageChannel();
    serveRouter(port2, async () => {
      await gate.promise;
      return openRouter({ encoder: createHashEncoder(), storage });
    });
    const connecting = connectRouter(port1, { signal: abort.signal, onEnd: () => ends.push(1) });
    await drain();
    abort.abort();
    expect(await codeOf(connecting)).toBe('ABORTED');
    expect(ends).toEqual([1]);
    gate.resolve();
    for (let i = 0; i < 20; i++) await drain();
    port1.close();
    port2.close();
    for (let i = 0; i < 20; i++) await drain();
    expect([storage.loads, storage.closes]).toEqual([1, 1]);
  });

  test('before opening send nothing, and a signal of the opening has no say afterwards', async () => {
    const { port1, port2 } = new MessageChannel();
    const got: unknown[] = [];
    port2.addEventListener('message', ({ data }) => got.push(data));
    port2.start();
    expect(await codeOf(connectRouter(port1, { signal: AbortSignal.abort() }))).toBe('ABORTED');
    await drain();
    expect(got).toEqual([]);
    port1.close();
    port2.close();
    const abort = new AbortController();
    const { client } = await connectPair(openPlain, { signal: abort.signal });
    abort.abort();
    expect((await client.query('x')).reason).toBe('no-routes');
    await client.close();
  });
});

describe('opening', () => {
  test('hands the configuration over and reports progress in order', async () => {
    const seen: (LoadProgress | ReencodeProgress)[] = [];
    let config: unknown;
    const { client } = await connectPair(
      async (request) => {
        config = request.config;
        request.onProgress({ loadedBytes: 1, totalBytes: undefined });
        request.onProgress({ loadedBytes: 5, totalBytes: 10 });
        request.onProgress({ loadedBytes: 10, totalBytes: 10 });
        request.onReencode({ encodedTexts: 2, totalTexts: 3 });
        return openPlain();
      },
      {
        config: { batch: { maxWaitMs: 3 }, bytes: Uint8Array.of(1, 2) },
        onProgress: (progress) => seen.push(progress),
        onReencode: (progress) => seen.push(progress),
      },
    );
    expect(config).toEqual({ batch: { maxWaitMs: 3 }, bytes: Uint8Array.of(1, 2) });
    expect(seen).toEqual([
      { loadedBytes: 1, totalBytes: undefined },
      { loadedBytes: 5, totalBytes: 10 },
      { loadedBytes: 10, totalBytes: 10 },
      { encodedTexts: 2, totalTexts: 3 },
    ]);
    await client.close();
  });

  test('with a configuration that cannot be sent is INVALID_OPTION', async () => {
    expect(await codeOf(connectPair(openPlain, { config: { fn: () => 1 } }))).toBe('INVALID_OPTION');
  });

  test('tells the name of the life lock, and its end is the end of the connection', async () => {
    const { port1, port2 } = new MessageChannel();
    serveRouter(port2, openPlain, { lifeLock: Promise.resolve('the lock') });
    const watched: { name: string; gone: () => void }[] = [];
    const client = await connectRouter(port1, { watchLife: (name, gone) => watched.push({ name, gone }) });
    expect(watched.map(({ name }) => name)).toEqual(['the lock']);
    watched[0]?.gone();
    expect(await codeOf(client.query('x'))).toBe('WORKER_LOST');
    port1.close();
    port2.close();
  });

  test('goes on where no life lock can be had', async () => {
    const { port1, port2 } = new MessageChannel();
    const abort = new AbortController();
    const uncaught = await uncaughtDuring(async () => {
      serveRouter(port2, openPlain, { lifeLock: Promise.reject(new Error('locks are forbidden here')) });
      const connecting = connectRouter(port1, { signal: abort.signal }).then(
        () => 'open',
        (error: RouterError) => error.code,
      );
      for (let i = 0; i < 20; i++) await drain();
      abort.abort();
      expect(await connecting).toBe('open');
    });
    port1.close();
    port2.close();
    expect(uncaught).toEqual([]);
  });
});
