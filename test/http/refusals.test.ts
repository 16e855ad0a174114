import { RouterError, type Router, type RouterStatus } from 'synaptoroute';
import { createHandler } from 'synaptoroute/http';
import { describe, expect, test, vi } from 'vitest';
import { createHttpBench, createIdleRouter, readReply, TOKEN } from '../support/http.ts';

const json = { 'Content-Type': 'application/json' };

describe('writes', () => {
  test('are refused with 401 without a token, with a wrong one, or with one in another form', async () => {
    const { ask, router } = await createHttpBench();
    const given = [
      undefined,
      'Bearer ',
      'Bearer wrong',
      `Basic ${TOKEN}`,
      TOKEN,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN} x`,
    ];
    for (const authorization of given) {
      const headers = { ...json, ...(authorization !== undefined && { Authorization: authorization }) };
      const reply = await ask('DELETE', '/routes/billing', undefined, { headers });
      expect(reply).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
      expect(reply.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect(await router.routes()).toHaveLength(2);
  });

  test.each([undefined, ''])('are off for everybody where the configured token is %o', async (token) => {
    const { ask, router } = await createHttpBench({ token });
    for (const authorization of ['Bearer ', 'Bearer undefined', `Bearer ${TOKEN}`]) {
      const headers = { ...json, Authorization: authorization };
      const replies = [
        await ask('DELETE', '/routes/billing', undefined, { headers }),
        await ask('PUT', '/routes/new', { utterances: ['x'] }, { headers }),
        await ask('POST', '/routes/billing/utterances', { utterances: ['x'] }, { headers }),
      ];
      expect(replies.map(({ status, code }) => [status, code])).toEqual(replies.map(() => [403, 'WRITES_OFF']));
    }
    expect((await router.status()).revision).toBe(2);
  });

  test('with a token that is too short to be one are refused when the handler is made', async () => {
    const router = await createIdleRouter();
    expect(() => createHandler({ router, token: 'short' })).toThrow(RouterError);
  });

  test.each(['a token of many words', 'tab\tseparated-0123456789', 'schlüssel-0123456789', 'line\nbreak-0123456789'])(
    'with a token that no header can bring, %o, are refused when the handler is made',
    async (token) => {
      const router = await createIdleRouter();
      expect(() => createHandler({ router, token })).toThrow(/`token` .* without blanks/);
    },
  );

  test('that storage takes too long to keep are 504, and say that they may take effect', async () => {
    const { ask, storage, router } = await createHttpBench({ limits: { timeoutMs: 20 } });
    storage.hold();
    const replies = [
      await ask('PUT', '/routes/new', { utterances: ['x'] }),
      await ask('POST', '/routes/new/utterances', { utterances: ['y'] }),
      await ask('DELETE', '/routes/new'),
    ];
    expect(replies.map(({ status, code }) => [status, code])).toEqual(replies.map(() => [504, 'TIMEOUT']));
    expect(replies[0]?.body).toMatchObject({ error: { message: expect.stringContaining('may take effect') } });
    storage.release();
    await router.flush();
    expect((await router.status()).revision).toBe(5);
  });

  test('that storage does not take are 503, without the reason', async () => {
    const { ask, storage } = await createHttpBench();
    storage.failWith(new Error('disk /var/secret is full'));
    const reply = await ask('PUT', '/routes/new', { utterances: ['x y'] });
    expect(reply).toMatchObject({ status: 503, code: 'STORAGE_FAILED' });
    expect(reply.headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(reply.body)).not.toContain('secret');
  });
});

describe('bodies', () => {
  const cases: readonly (readonly [name: string, status: number, code: string, init: RequestInit])[] = [
    ['no JSON', 400, 'INVALID_JSON', { body: '{"text":' }],
    ['nothing', 400, 'INVALID_JSON', { body: '' }],
    ['invalid UTF-8', 400, 'INVALID_JSON', { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]) }],
    ['UTF-16', 400, 'INVALID_JSON', { body: new Uint8Array(new Uint16Array([0x7b, 0x7d]).buffer) }],
    ['an array', 422, 'INVALID_BODY', { body: '["hello"]' }],
    ['null', 422, 'INVALID_BODY', { body: 'null' }],
    ['a number as text', 422, 'INVALID_BODY', { body: '{"text":1}' }],
    ['no text', 422, 'INVALID_BODY', { body: '{}' }],
    ['an unknown field', 422, 'INVALID_BODY', { body: '{"text":"a","__proto__":1}' }],
    ['a text too long', 422, 'INVALID_BODY', { body: JSON.stringify({ text: 'a'.repeat(10_001) }) }],
    ['half a million brackets', 422, 'INVALID_BODY', { body: '['.repeat(500_000) + ']'.repeat(500_000) }],
    ['too many bytes', 413, 'BODY_TOO_LARGE', { body: ' '.repeat(1_048_577) }],
    ['plain text', 415, 'UNSUPPORTED_MEDIA_TYPE', { headers: { 'Content-Type': 'text/plain' }, body: '{"text":"a"}' }],
    [
      'latin1',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      { headers: { 'Content-Type': 'application/json; charset=latin1' }, body: '{}' },
    ],
    ['gzip', 415, 'UNSUPPORTED_MEDIA_TYPE', { headers: { ...json, 'Content-Encoding': 'gzip' }, body: '{}' }],
  ];

  test.each(cases)('that are or have %s are %i %s', async (_, status, code, init) => {
    const { ask } = await createHttpBench();
    expect(await ask('POST', '/route', undefined, init)).toMatchObject({ status, code });
  });

  test('that never end are cut off at the limit, with 413', async () => {
    const { ask } = await createHttpBench({ limits: { maxBodyBytes: 1000 } });
    let pulls = 0;
    let isCancelled = false;
    const body = new ReadableStream({
      pull(controller) {
        pulls++;
        controller.enqueue(new Uint8Array(100).fill(32));
      },
      cancel() {
        isCancelled = true;
      },
    });
    const init = { body, duplex: 'half' } as RequestInit;
    expect(await ask('POST', '/route', undefined, init)).toMatchObject({ status: 413 });
    expect(pulls).toBeLessThan(20);
    expect(isCancelled).toBe(true);
  });

  test('that nobody reads are taken in before the refusal, up to the limit', async () => {
    const { ask } = await createHttpBench({ limits: { maxBodyBytes: 1000 } });
    for (const [chunks, taken] of [
      [7, 7],
      [1000, 10],
    ] as const) {
      let pulls = 0;
      const body = new ReadableStream(
        {
          pull(controller) {
            if (pulls++ === chunks) controller.close();
            else controller.enqueue(new Uint8Array(100).fill(32));
          },
        },
        { highWaterMark: 0 },
      );
      const init = { body, duplex: 'half', headers: { 'Content-Type': 'text/plain' } } as RequestInit;
      expect(await ask('POST', '/route', undefined, init)).toMatchObject({ status: 415 });
      expect(Math.min(pulls, chunks)).toBe(taken);
    }
  });

  test('that nobody reads and that do not come hold the refusal for a second', async () => {
    const { ask } = await createHttpBench();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const init = { body: new ReadableStream(), duplex: 'half', headers: json } as RequestInit;
      const reply = ask('PUT', '/routes/new', undefined, init);
      while (vi.getTimerCount() === 0) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(999);
      expect(await Promise.race([reply, Promise.resolve('waits')])).toBe('waits');
      await vi.advanceTimersByTimeAsync(1);
      expect(await reply).toMatchObject({ status: 401 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('with a bad route are 422 in the words of the router', async () => {
    const { ask } = await createHttpBench();
    const bad = [
      ['/routes/a%20b', { utterances: ['x'] }],
      ['/routes/a', { utterances: [' '] }],
      ['/routes/a', { utterances: ['x'], threshold: 2 }],
      ['/routes/a', { utterances: ['x'], metadata: [] }],
    ] as const;
    for (const [path, body] of bad) {
      expect(await ask('PUT', path, body)).toMatchObject({ status: 422, code: 'INVALID_ROUTE' });
    }
    expect(await ask('PUT', '/routes/a', { utterances: [] })).toMatchObject({ status: 422, code: 'INVALID_BODY' });
  });
});

describe('paths and methods', () => {
  test('whose bodies stop coming are 408 at the limit, of which the operator is not told', async () => {
    const told: unknown[] = [];
    const { ask } = await createHttpBench({ limits: { timeoutMs: 20 }, onError: (error) => told.push(error) });
    const init = { body: new ReadableStream(), duplex: 'half', headers: json } as RequestInit;
    expect(await ask('POST', '/route', undefined, init)).toMatchObject({ status: 408, code: 'BODY_TOO_SLOW' });
    expect(told).toEqual([]);
  });

  test('that their clients give up are nothing to tell the operator', async () => {
    const told: unknown[] = [];
    const { ask, encoder } = await createHttpBench({ onError: (error) => told.push(error) });
    encoder.hold();
    const client = new AbortController();
    const body = '{"text":"hello"}';
    const reply = ask('POST', '/route', undefined, { headers: json, body, signal: client.signal });
    client.abort();
    expect(await reply).toMatchObject({ status: 503, code: 'ABORTED' });
    expect(told).toEqual([]);
    encoder.release();
  });

  test('that are not served are 404, and 405 with what is allowed', async () => {
    const { ask } = await createHttpBench();
    for (const path of ['/', '/route/', '/routes', '/routes/', '/routes/a/b', '/routes/%E0%A4%A', '/constructor']) {
      expect(await ask('GET', path)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
    const reply = await ask('PATCH', '/routes/billing', {});
    expect(reply).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(reply.headers.get('allow')).toBe('GET, HEAD, PUT, DELETE');
    expect(await ask('toString', '/route', {})).toMatchObject({ status: 405 });
  });

  test('to routes that are not there are 404', async () => {
    const { ask } = await createHttpBench();
    expect(await ask('DELETE', '/routes/nobody')).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
    const reply = await ask('POST', '/routes/nobody/utterances', { utterances: ['x'] });
    expect(reply).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  });
});

describe('a router in trouble', () => {
  test('is 429 with Retry-After where its queue is full', async () => {
    const router = {
      ...(await createIdleRouter()),
      query: () => Promise.reject(new RouterError('QUEUE_FULL', 'full')),
    };
    const reply = await readReply(
      await createHandler({ router })(
        new Request('http://localhost/route', { method: 'POST', headers: json, body: '{"text":"a"}' }),
      ),
    );
    expect(reply).toMatchObject({ status: 429, code: 'QUEUE_FULL' });
    expect(reply.headers.get('retry-after')).toBe('1');
  });

  test('is 504 where it does not answer in time', async () => {
    const { ask, encoder } = await createHttpBench({ limits: { timeoutMs: 1 } });
    encoder.hold();
    expect(await ask('POST', '/route', { text: 'a' })).toMatchObject({ status: 504, code: 'TIMEOUT' });
    encoder.release();
  });

  test('is no healthy one while its encoder does not run, or storage does not take changes', async () => {
    const { ask, storage, router } = await createHttpBench();
    const failing = { ...router, status: async () => withFailure(await router.status()) };
    const request = new Request('http://localhost/health');
    const reply = await readReply(await createHandler({ router: failing })(request));
    expect(reply).toMatchObject({ status: 503, body: { status: 'unavailable', reason: 'encoder' } });
    expect(JSON.stringify(reply.body)).not.toContain('secret');
    expect(await ask('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok', reason: null } });
    storage.failWith(new Error('disk full'));
    await ask('DELETE', '/routes/hours');
    expect(await ask('GET', '/health')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', reason: 'storage' },
    });
  });

  test('is 503 where it is closed', async () => {
    const { ask, router } = await createHttpBench();
    await router.close();
    expect(await ask('GET', '/health')).toMatchObject({ status: 503, code: 'CLOSED' });
  });

  test('is 500 without a word of the cause, which the operator is told', async () => {
    const told: unknown[] = [];
    const { ask, encoder } = await createHttpBench({ onError: (error) => told.push(error) });
    encoder.failNext(new Error('at /home/secret.js:1:1'));
    const reply = await ask('POST', '/route', { text: 'a' });
    expect(reply).toMatchObject({ status: 500, code: 'ENCODER_FAILED' });
    expect(JSON.stringify(reply.body)).not.toMatch(/secret|\.js/);
    expect(told).toHaveLength(1);
  });
});

function withFailure(status: RouterStatus): RouterStatus {
  return { ...status, encoder: { ...status.encoder, failure: 'The encoder is lost in /srv/secret.' } };
}

test.each<readonly [string, (router: Router) => unknown]>([
  ['a promise of one, as openRouter of Node gives', (router) => Promise.resolve(router)],
  ['none', () => undefined],
  ['an object that is none', () => ({})],
])('a handler is made of a router, not of %s', async (_, given) => {
  const router = given(await createIdleRouter()) as Router;
  expect(() => createHandler({ router })).toThrow(/`router` to have query\(\)/);
});
