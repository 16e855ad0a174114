import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { bundleWorker, ROUTERS_OPTIONS, startEdge, toWorker, type Edge } from '../support/edge.ts';
import { readReply, TOKEN, type Reply } from '../support/http.ts';
import { REFERENCE_CASES, REFERENCE_QUERIES, REFERENCE_ROUTES } from '../support/reference.ts';

const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
let edge: Edge;

beforeAll(async () => {
  edge = await startEdge({ workers: [toWorker(bundleWorker('test/edge/workers/routers.ts'), ROUTERS_OPTIONS)] });
});
afterAll(() => edge[Symbol.asyncDispose]());

async function ask(method: string, path: string, body?: unknown): Promise<Reply> {
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return readReply(await fetch(new URL(path, edge.url), init));
}

for (const kind of ['memory', 'object']) {
  test(`the ten reference queries get Node's routes and scores, routes in ${kind}`, async () => {
    for (const { name, utterances } of REFERENCE_ROUTES) {
      expect(await ask('PUT', `/${kind}/routes/${name}`, { utterances })).toMatchObject({ status: 201 });
    }
    const { body } = await ask('POST', `/${kind}/route/batch`, { texts: REFERENCE_QUERIES });
    const { decisions } = body as {
      decisions: { route: string | null; candidates: { route: string; score: number }[] }[];
    };
    expect(decisions.map(({ route }) => route)).toEqual(REFERENCE_CASES.map(([, route]) => route));
    for (const [i, { route, scores }] of inject('reference').entries()) {
      expect(decisions[i]?.route).toBe(route);
      expect(decisions[i]?.candidates).toHaveLength(Object.keys(scores).length);
      for (const candidate of decisions[i]?.candidates ?? []) {
        expect(Math.abs(candidate.score - (scores[candidate.route] as number))).toBeLessThan(1e-3);
      }
    }
    expect((await ask('GET', `/${kind}/health`)).body).toMatchObject({
      kernel: 'wasm-simd',
      encoder: { device: 'wasm' },
    });
  });

  test(`64 concurrent queries are answered rightly, and share encoder runs, routes in ${kind}`, async () => {
    const before = (await ask('GET', `/status/${kind}`)).body as { queries: number; queryRuns: number };
    const cases = Array.from(
      { length: 64 },
      (_, i) => REFERENCE_CASES[i % REFERENCE_CASES.length] as readonly [string, string],
    );
    const replies = await Promise.all(cases.map(([text]) => ask('POST', `/${kind}/route`, { text })));
    expect(replies.map(({ status }) => status)).toEqual(cases.map(() => 200));
    expect(replies.map(({ body }) => (body as { route: string }).route)).toEqual(cases.map(([, route]) => route));
    const after = (await ask('GET', `/status/${kind}`)).body as { queries: number; queryRuns: number };
    expect(after.queries - before.queries).toBe(64);
    expect(after.queryRuns - before.queryRuns).toBeLessThan(40);
  });
}

test('routes in memory and the loaded model stay for as long as the isolate does', async () => {
  const before = (await ask('GET', '/status/memory')).body as { revision: number; queryRuns: number };
  await fetch(new URL('later/3600000', edge.url));
  expect((await ask('GET', '/status/memory')).body).toEqual(before);
});

test('a time limit holds while the model is loaded, and a router that never opened closes', async () => {
  const response = await fetch(new URL('vain/', edge.url));
  expect(await response.json()).toEqual(['TIMEOUT', 'TIMEOUT', 'CLOSED']);
});
