import { createRequestListener } from 'synaptoroute/node';
import { expect, test } from 'vitest';
import { createHttpBench, readReply, type HttpBench, type Reply } from '../support/http.ts';
import { malformedRequests, type MalformedRequest } from '../support/malformed.ts';
import { serve } from '../support/model.ts';

const COUNT = 2000;

test('2,000 malformed requests get a JSON error of 4xx each and change nothing', async () => {
  const bench = await createHttpBench();
  await expectRefusals(bench, async ({ path, ...init }) =>
    readReply(await bench.handler(new Request(`http://localhost${path}`, init))),
  );
});

test("2,000 others do so over Node's http server", async () => {
  const bench = await createHttpBench();
  await using server = await serve(createRequestListener(bench.handler));
  await expectRefusals(bench, async ({ path, ...init }) => readReply(await fetch(new URL(path, server.url), init)), 2);
});

test('the fuzz would see a defect: a handler without checks fails it', async () => {
  const bench = await createHttpBench();
  await expect(expectRefusals(bench, careless)).rejects.toThrow();
});

async function careless(): Promise<Reply> {
  return readReply(Response.json({ error: { code: 'X', message: 'x' } }, { status: 500 }));
}

async function expectRefusals(
  { router }: HttpBench,
  ask: (request: MalformedRequest) => Promise<Reply>,
  seed = 1,
): Promise<void> {
  const before = [await router.routes(), (await router.status()).revision];
  const counts: Record<number, number> = {};
  for (const request of malformedRequests(seed, COUNT)) {
    const { status, headers, body } = await ask(request);
    counts[status] = (counts[status] ?? 0) + 1;
    const about = JSON.stringify({ ...request, body: String(request.body).slice(0, 200) });
    expect(status, about).toBeGreaterThanOrEqual(400);
    expect(status, about).toBeLessThan(500);
    expect(headers.get('content-type'), about).toBe('application/json; charset=utf-8');
    expect(body, about).toEqual({
      error: { code: expect.any(String) as string, message: expect.any(String) as string },
    });
    expect(JSON.stringify(body), about).not.toMatch(/\n|\.ts|\.js\b|    at /);
  }
  // Every kind of refusal was met.
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(['400', '401', '404', '405', '413', '415', '422']));
  expect([await router.routes(), (await router.status()).revision]).toEqual(before);
}
