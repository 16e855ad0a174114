import { createHandler } from 'synaptoroute/http';
import { expect, test } from 'vitest';
import { createHttpBench, readReply, TOKEN } from '../support/http.ts';

test('POST /route decides a text as the router does, with the five best candidates', async () => {
  const { ask, router } = await createHttpBench();
  for (let i = 0; i < 6; i++) await router.addRoute({ name: `other-${i}`, utterances: [`something else ${i}`] });
  const { status, body } = await ask('POST', '/route', { text: 'a refund please' });
  const decision = await router.query('a refund please');
  expect(status).toBe(200);
  expect(body).toEqual({ tied: [], ...decision, candidates: decision.candidates.slice(0, 5) });
  expect(body).toMatchObject({ route: 'billing', reason: 'matched', metadata: { queue: 'tier-2' } });
});

test('POST /route gives as many candidates as are asked for', async () => {
  const { ask } = await createHttpBench();
  const counts = [0, 1, 100].map(async (maxCandidates) => {
    const { body } = await ask('POST', '/route', { text: 'hello', maxCandidates });
    return (body as { candidates: unknown[] }).candidates.length;
  });
  expect(await Promise.all(counts)).toEqual([0, 1, 2]);
});

test('POST /route says that no route won, and why', async () => {
  const { ask, router } = await createHttpBench();
  await router.removeRoute('hours');
  const { status, body } = await ask('POST', '/route', { text: 'unheard of' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ route: null, reason: 'below-threshold' });
});

test('POST /route/batch decides texts in order', async () => {
  const { ask } = await createHttpBench();
  const { status, body } = await ask('POST', '/route/batch', { texts: ['when do you open', 'a refund please'] });
  expect(status).toBe(200);
  expect((body as { decisions: { route: string }[] }).decisions.map(({ route }) => route)).toEqual([
    'hours',
    'billing',
  ]);
});

test('PUT adds a route, durable when it answers; GET reads it; DELETE removes it', async () => {
  const { ask, storage } = await createHttpBench();
  const put = await ask('PUT', '/routes/jokes', { utterances: ['tell me a joke'], threshold: 0.7, metadata: { a: 1 } });
  expect(put).toMatchObject({ status: 201, body: { revision: 3, truncated: [] } });
  expect(storage.writes).toHaveLength(3);
  const route = { name: 'jokes', utterances: ['tell me a joke'], threshold: 0.7, metadata: { a: 1 } };
  expect(await ask('GET', '/routes/jokes')).toMatchObject({ status: 200, body: route });
  expect(await ask('DELETE', '/routes/jokes')).toMatchObject({ status: 200, body: { revision: 4 } });
  expect(await ask('GET', '/routes/jokes')).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
});

test('PUT of a name that is taken is 409 and changes nothing', async () => {
  const { ask, router } = await createHttpBench();
  const before = await router.routes();
  expect(await ask('PUT', '/routes/billing', { utterances: ['another'] })).toMatchObject({
    status: 409,
    code: 'ROUTE_EXISTS',
  });
  expect(await router.routes()).toEqual(before);
});

test('of two PUTs of one name at once one is 201 and the other 409', async () => {
  const { ask } = await createHttpBench();
  const replies = await Promise.all([1, 2].map((i) => ask('PUT', '/routes/twice', { utterances: [`text ${i}`] })));
  expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});

test('PUT of a name that is deleted meanwhile is 201 or 409, never the fault of its body', async () => {
  const { router } = await createHttpBench();
  // The name is taken when the change comes to its turn, and free when somebody looks again.
  const racing = {
    ...router,
    addRoute: async (...given: Parameters<typeof router.addRoute>) => {
      try {
        return await router.addRoute(...given);
      } finally {
        await router.removeRoute('billing');
      }
    },
  };
  const request = new Request('http://localhost/routes/billing', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` },
    body: '{"utterances":["another"]}',
  });
  const reply = await readReply(await createHandler({ router: racing, token: TOKEN })(request));
  expect(reply).toMatchObject({ status: 409, code: 'ROUTE_EXISTS' });
});

test('POST /routes/:name/utterances adds sentences', async () => {
  const { ask, router } = await createHttpBench();
  const reply = await ask('POST', '/routes/billing/utterances', { utterances: ['money back', 'a refund please'] });
  expect(reply).toMatchObject({ status: 200, body: { revision: 3, truncated: [] } });
  const [billing] = await router.routes();
  expect(billing?.utterances).toEqual(['a refund please', 'money back']);
});

test('GET /health says what runs; HEAD says it without a body', async () => {
  const { ask } = await createHttpBench();
  expect(await ask('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok', routes: 2, utterances: 2 } });
  expect(await ask('HEAD', '/health')).toMatchObject({ status: 200, body: undefined });
});

test('GET /openapi.json answers the document with the limits in force', async () => {
  const { ask } = await createHttpBench({ limits: { maxTextLength: 77 } });
  const { body } = await ask('GET', '/openapi.json');
  expect(body).toMatchObject({
    openapi: '3.1.0',
    components: { schemas: { RouteQuestion: { properties: { text: { maxLength: 77 } } } } },
  });
});
