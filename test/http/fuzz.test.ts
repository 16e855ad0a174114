import { createRequestListener } from 'synaptoroute/node';
import { expect, test } from 'vitest';
import { createHttpBench, readReply, type HttpBench, type Reply } from '../support/http.ts';
import { expectRefusals, type AskMalformed } from '../support/malformed.ts';
import { serve } from '../support/model.ts';

test('2,000 malformed requests get a JSON error of 4xx each and change nothing', async () => {
  const bench = await createHttpBench();
  await expectRefusals(
    async ({ path, ...init }) => readReply(await bench.handler(new Request(`http://localhost${path}`, init))),
    stateOf(bench),
  );
});

test("2,000 others do so over Node's http server", async () => {
  const bench = await createHttpBench();
  await using server = await serve(createRequestListener(bench.handler));
  const ask: AskMalformed = async ({ path, ...init }) => readReply(await fetch(new URL(path, server.url), init));
  await expectRefusals(ask, stateOf(bench), 2);
});

test('the fuzz would see a defect: a handler without checks fails it', async () => {
  const bench = await createHttpBench();
  await expect(expectRefusals(careless, stateOf(bench))).rejects.toThrow();
});

async function careless(): Promise<Reply> {
  return readReply(Response.json({ error: { code: 'X', message: 'x' } }, { status: 500 }));
}

function stateOf({ router }: HttpBench): () => Promise<unknown> {
  return async () => [await router.routes(), (await router.status()).revision];
}
