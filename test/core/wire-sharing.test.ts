/** What connections share, a signal or a port, and how one of them must not disturb another. */

import { expect, test } from 'vitest';
import { connectRouter, createMemoryStorage, openRouter, RouterError, serveRouter } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf, createDeferred, drain } from '../support/promises.ts';
import { connectPair, openPlain } from '../support/wire.ts';

test('one signal for many routers still aborts the calls of one after another was closed', async () => {
  const encoder = createHashEncoder();
  const abort = new AbortController();
  const { client: first } = await connectPair(openPlain, { signal: abort.signal });
  const other = await openRouter({ encoder, storage: createMemoryStorage() });
  encoder.hold();
  const pending = other.query('x', { signal: abort.signal }).catch((error: RouterError) => error.code);
  await drain();
  await first.close();
  abort.abort();
  await drain();
  encoder.release();
  expect(await pending).toBe('ABORTED');
  await other.close();
});

test('a port whose client gave up opening serves the next client, undisturbed by the first', async () => {
  const { port1, port2 } = new MessageChannel();
  const gates = [createDeferred<void>(), createDeferred<void>()];
  const seen = { openings: 0 };
  serveRouter(port2, async ({ signal }) => {
    await gates[seen.openings++]?.promise;
    if (signal.aborted) throw new RouterError('ABORTED', 'the first client is gone');
    return openPlain();
  });
  const abort = new AbortController();
  const first = connectRouter(port1, { signal: abort.signal });
  while (seen.openings < 1) await drain();
  abort.abort();
  expect(await codeOf(first)).toBe('ABORTED');
  const second = connectRouter(port1);
  while (seen.openings < 2) await drain();
  gates[0]?.resolve();
  for (let i = 0; i < 5; i++) await drain();
  gates[1]?.resolve();
  const client = await second;
  expect((await client.query('x')).reason).toBe('no-routes');
  await client.close();
  port1.close();
  port2.close();
}, 5_000);

test('a port serves one client after another, each a router of its own', async () => {
  const { port1, port2 } = new MessageChannel();
  serveRouter(port2, openPlain);
  for (let i = 0; i < 3; i++) {
    const client = await connectRouter(port1);
    expect(await client.routes()).toEqual([]);
    await client.addRoute({ name: 'a', utterances: ['x'] });
    await client.close();
  }
  port1.close();
  port2.close();
});
