import { createHandler } from 'synaptoroute/http';
import { expect, test } from 'vitest';
import { createHttpBench, readReply, type HttpBench, type Reply } from '../support/http.ts';

const MAX_TEXTS = 20;

test('of a hundred full batches at once all but two are 429 at once, with Retry-After', async () => {
  const { ask, encoder } = await createHttpBench({ limits: { maxTexts: MAX_TEXTS } });
  encoder.hold();
  const asked = Array.from({ length: 100 }, (_, i) => ask('POST', '/route/batch', { texts: batch(`text ${i}`) }));
  // None of these waits for the encoder.
  const refused = await Promise.all(asked.slice(2));
  expect(refused.map(({ status, code }) => [status, code])).toEqual(refused.map(() => [429, 'QUEUE_FULL']));
  expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(refused.map(() => '1'));
  encoder.release();
  const answered = await Promise.all(asked.slice(0, 2));
  expect(answered.map(({ status }) => status)).toEqual([200, 200]);
  expect(await ask('POST', '/route/batch', { texts: batch('later') })).toMatchObject({ status: 200 });
});

test('two clients with batches get turns in rotation, however many each has', async () => {
  const bench = await createHttpBench();
  const ask = byClient(bench);
  const ended: string[] = [];
  bench.encoder.hold();
  const asked = ['a', 'a', 'a', 'a', 'a', 'b', 'c'].map(async (client, i) => {
    const reply = await ask(client, '/route/batch', { texts: [`text ${i}`] });
    ended.push(client);
    return reply.status;
  });
  await new Promise(setImmediate);
  bench.encoder.release();
  expect(await Promise.all(asked)).toEqual(asked.map(() => 200));
  expect(ended).toEqual(['a', 'a', 'b', 'c', 'a', 'a', 'a']);
});

test('a client that has its share leaves room for another', async () => {
  const bench = await createHttpBench({ limits: { maxTexts: MAX_TEXTS } });
  const ask = byClient(bench, { maxTexts: MAX_TEXTS });
  bench.encoder.hold();
  const taken = [1, 2].map((i) => ask('a', '/route/batch', { texts: batch(`a${i}`) }));
  expect(await ask('a', '/route/batch', { texts: batch('a3') })).toMatchObject({ status: 429 });
  const other = ask('b', '/route/batch', { texts: batch('b') });
  bench.encoder.release();
  expect((await Promise.all([...taken, other])).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('a single query is answered while a batch still has pieces to go', async () => {
  const { ask } = await createHttpBench();
  const texts = Array.from({ length: 500 }, (_, i) => `a text of number ${i}`);
  const ended: string[] = [];
  const many = ask('POST', '/route/batch', { texts }).then(() => ended.push('batch'));
  const one = ask('POST', '/route', { text: 'a refund please' }).then(() => ended.push('single'));
  await Promise.all([many, one]);
  expect(ended).toEqual(['single', 'batch']);
});

test('decisions of a batch are in the order of its texts, and those of single queries', async () => {
  const { ask } = await createHttpBench();
  const texts = Array.from({ length: 90 }, (_, i) => `${'when do you open '.repeat((i * 7) % 11)}a refund please ${i}`);
  const { body } = await ask('POST', '/route/batch', { texts, maxCandidates: 2 });
  const alone = await Promise.all(texts.map((text) => ask('POST', '/route', { text, maxCandidates: 2 })));
  expect((body as { decisions: unknown[] }).decisions).toEqual(alone.map((reply) => reply.body));
});

test('an answer that would be too long is 422, and says what to do', async () => {
  const { ask } = await createHttpBench({ limits: { maxAnswerLength: 1000 } });
  expect(await ask('POST', '/route/batch', { texts: ['a'] })).toMatchObject({ status: 200 });
  const reply = await ask('POST', '/route/batch', { texts: batch('b') });
  expect(reply).toMatchObject({ status: 422, code: 'ANSWER_TOO_LARGE' });
  expect(JSON.stringify(reply.body)).toContain('fewer texts');
});

test('a batch that its client gives up leaves its place to others', async () => {
  const { ask, encoder, handler } = await createHttpBench({ limits: { maxTexts: MAX_TEXTS } });
  encoder.hold();
  const client = new AbortController();
  const given = [1, 2].map((i) => handler(toRequest({ texts: batch(`gone ${i}`) }, {}, client.signal)));
  await new Promise(setImmediate);
  client.abort();
  expect((await Promise.all(given)).map(({ status }) => status)).toEqual([503, 503]);
  const next = ask('POST', '/route/batch', { texts: batch('next') });
  encoder.release();
  expect(await next).toMatchObject({ status: 200 });
});

type Ask = (client: string, path: string, body: unknown) => Promise<Reply>;

function byClient({ router }: HttpBench, limits: { readonly maxTexts?: number } = {}): Ask {
  const handler = createHandler({ router, limits, clientOf: ({ headers }) => headers.get('x-client') ?? undefined });
  return async (client, path, body) =>
    readReply(await handler(toRequest(body, { 'x-client': client }, undefined, path)));
}

function toRequest(body: unknown, headers: object, signal?: AbortSignal, path = '/route/batch'): Request {
  return new Request(`http://localhost${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

function batch(text: string): readonly string[] {
  return Array.from({ length: MAX_TEXTS }, (_, i) => `${text} of ${i}`);
}
