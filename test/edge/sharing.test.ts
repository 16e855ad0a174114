import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Response as WorkerResponse } from 'miniflare';
import { afterAll, expect, test } from 'vitest';
import { bundleWorker, ROUTERS_OPTIONS, startEdge, toWorker, type Edge } from '../support/edge.ts';
import { readReply, TOKEN, type Reply } from '../support/http.ts';
import { createDeferred } from '../support/promises.ts';

const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
const folder = mkdtempSync(join(tmpdir(), 'synaptoroute-edge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A client of one of the Workers. */
async function createClient(
  edge: Edge,
  name: string,
): Promise<(method: string, path: string, body?: unknown) => Promise<Reply>> {
  const worker = (await edge.miniflare.getWorker(name)) as unknown as { fetch: typeof fetch };
  return async (method, path, body) =>
    readReply(
      await worker.fetch(`http://localhost/object${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
}

test('a Worker sees its own write at once, and that of another within the stated bound', async () => {
  const bundle = bundleWorker('test/edge/workers/routers.ts');
  const shared = { ROUTER_OBJECT: { className: 'RouterObject', scriptName: 'a', useSQLite: true } };
  await using edge = await startEdge({
    workers: [
      { ...toWorker(bundle, ROUTERS_OPTIONS), name: 'a' },
      { ...toWorker(bundle, { ...ROUTERS_OPTIONS, durableObjects: shared }), name: 'b' },
    ],
  });
  const [a, b] = await Promise.all([createClient(edge, 'a'), createClient(edge, 'b')]);
  const question = { text: 'I need a refund' };
  expect((await b('POST', '/route', question)).body).toMatchObject({ reason: 'no-routes' });
  expect(await a('PUT', '/routes/billing', { utterances: ['I need a refund'] })).toMatchObject({ status: 201 });
  const writtenAt = performance.now();
  expect((await a('POST', '/route', question)).body).toMatchObject({ route: 'billing' });
  // Every answer that was asked for later than the bound after the write must know of it.
  for (let seen = false; !seen;) {
    const askedAt = performance.now();
    const { body } = await b('POST', '/route', question);
    seen = (body as { route: string | null }).route === 'billing';
    if (askedAt - writtenAt > 200) expect(body).toMatchObject({ route: 'billing' });
  }
  // Both write at once, each on what the other made.
  const writes = Array.from({ length: 12 }, (_, i) =>
    (i % 2 ? a : b)('POST', '/routes/billing/utterances', { utterances: [`refund number ${i}`] }),
  );
  expect((await Promise.all(writes)).map(({ status }) => status)).toEqual(writes.map(() => 200));
  const { body } = await a('PUT', '/routes/hours', { utterances: ['When do you open?'] });
  expect(body).toMatchObject({ revision: 14 });
  expect((await b('PUT', '/routes/hours', { utterances: ['x y z'] })).status).toBe(409);
  expect(((await b('GET', '/routes/billing')).body as { utterances: string[] }).utterances).toHaveLength(13);
});

test('routes outlive a restart', async () => {
  const options = {
    durableObjectsPersist: join(folder, 'routes'),
    workers: [{ ...toWorker(bundleWorker('test/edge/workers/routers.ts'), ROUTERS_OPTIONS), name: 'a' }],
  };
  {
    await using edge = await startEdge(options);
    const ask = await createClient(edge, 'a');
    expect((await ask('PUT', '/routes/billing', { utterances: ['I need a refund'] })).status).toBe(201);
  }
  await using edge = await startEdge(options);
  const ask = await createClient(edge, 'a');
  expect((await ask('POST', '/route', { text: 'I need a refund' })).body).toMatchObject({ route: 'billing' });
});

test('50,000 vectors in a Durable Object outlive a restart, bit for bit', async () => {
  const options = {
    durableObjectsPersist: join(folder, 'bulk'),
    workers: [
      toWorker(bundleWorker('test/edge/workers/contract.ts'), {
        durableObjects: {
          CONTRACT: { className: 'ContractObject', useSQLite: true },
          ROUTER_OBJECT: { className: 'RouterObject', useSQLite: true },
        },
      }),
    ],
  };
  {
    await using edge = await startEdge(options);
    expect(await (await fetch(new URL('fill/50000', edge.url))).json()).toEqual({ revision: 10 });
  }
  await using edge = await startEdge(options);
  const counted = await (await fetch(new URL('count', edge.url))).json();
  expect(counted).toMatchObject({ vectors: 50_000, wrong: 0, revision: 10 });
});

test('a client that goes away while its request loads the model takes nothing from the others', async () => {
  const arrived = createDeferred<void>();
  const held = createDeferred<void>();
  const { assets: _, ...options } = ROUTERS_OPTIONS;
  const worker = toWorker(bundleWorker('test/edge/workers/routers.ts'), {
    ...options,
    serviceBindings: {
      async ASSETS({ url }: { readonly url: string }) {
        arrived.resolve();
        await held.promise;
        return new WorkerResponse(await readFile(new URL(`../../models${new URL(url).pathname}`, import.meta.url)));
      },
    },
  });
  await using edge = await startEdge({ workers: [worker] });
  const ask = (text: string, signal?: AbortSignal): Promise<Response> =>
    fetch(new URL('memory/route', edge.url), {
      method: 'POST',
      headers,
      body: JSON.stringify({ text }),
      ...(signal && { signal }),
    });
  const client = new AbortController();
  const first = ask('first', client.signal);
  await arrived.promise;
  const others = [ask('second'), ask('third')];
  client.abort();
  await expect(first).rejects.toThrow();
  held.resolve();
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await ask('fourth')).status).toBe(200);
});
