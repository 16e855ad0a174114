import { expect, test } from 'vitest';
import { bundleWorker, ROUTERS_OPTIONS, startEdge, toWorker } from '../support/edge.ts';
import { readReply, TOKEN, type Reply } from '../support/http.ts';
import { expectRefusals } from '../support/malformed.ts';

test('2,000 malformed requests get a JSON error of 4xx each in workerd, and change nothing', async () => {
  await using edge = await startEdge({
    workers: [toWorker(bundleWorker('test/edge/workers/routers.ts'), ROUTERS_OPTIONS)],
  });
  const ask = async (path: string, init?: RequestInit): Promise<Reply> =>
    readReply(await fetch(new URL(path, edge.url), init));
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const body = JSON.stringify({ utterances: ['a refund please'] });
  expect(await ask('memory/routes/billing', { method: 'PUT', headers, body })).toMatchObject({ status: 201 });
  const state = async (): Promise<unknown> => [
    (await ask('memory/routes/billing')).body,
    ((await ask('status/memory')).body as { revision: number }).revision,
  ];
  await expectRefusals(({ path, ...init }) => ask(`memory${path}`, init), state, 3);
  expect((await ask('errors/')).body).toEqual([]);
});
