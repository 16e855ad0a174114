import { connect } from 'node:net';
import { createHandler } from 'synaptoroute/http';
import { createRequestListener, openRouter, type Router } from 'synaptoroute/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpBench, readReply } from '../support/http.ts';
import { serve, type LocalServer } from '../support/model.ts';
import { REFERENCE_CASES, REFERENCE_ROUTES } from '../support/reference.ts';

const token = 'a-long-enough-token';
let router: Router;
let server: LocalServer;

beforeAll(async () => {
  router = await openRouter();
  server = await serve(createRequestListener(createHandler({ router, token })));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await router.close();
});

test("Node's http server takes routes and decides the reference queries by the embedded model", async () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  for (const { name, utterances } of REFERENCE_ROUTES) {
    const init = { method: 'PUT', headers, body: JSON.stringify({ utterances }) };
    expect((await fetch(`${server.url}routes/${name}`, init)).status).toBe(201);
  }
  const replies = REFERENCE_CASES.map(async ([text]) => {
    const init = { method: 'POST', headers, body: JSON.stringify({ text }) };
    return (await readReply(await fetch(`${server.url}route`, init))).body as { readonly route: string | null };
  });
  expect((await Promise.all(replies)).map(({ route }) => route)).toEqual(REFERENCE_CASES.map(([, route]) => route));
});

test('every header of an answer arrives, of cookies each', async () => {
  const headers = new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2; Path=/'],
    ['x-other', 'here'],
  ]);
  await using cookies = await serve(createRequestListener(async () => new Response('', { headers })));
  const reply = await fetch(cookies.url);
  expect(reply.headers.getSetCookie()).toEqual(['a=1', 'b=2; Path=/']);
  expect(reply.headers.get('x-other')).toBe('here');
});

test('a method that no web-standard Request may have is 405 in JSON', async () => {
  const { port, hostname } = new URL(server.url);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end('TRACE /route HTTP/1.1\r\nHost: x\r\n\r\n'));
    let received = '';
    socket
      .on('data', (chunk) => (received += String(chunk)))
      .on('end', () => resolve(received))
      .on('error', reject);
  });
  expect(text).toMatch(/^HTTP\/1.1 405 /);
  expect(text).toMatch(/\r\nallow: POST\r\n/i);
  expect(text).toContain('"METHOD_NOT_ALLOWED"');
});

test('a body that is too large, by a byte or by far, is 413 and costs no other request', async () => {
  for (const bytes of [1_048_577, 5_000_000]) {
    for (const body of [' '.repeat(bytes), new Blob([' '.repeat(bytes)]).stream()]) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
      const reply = await readReply(await fetch(`${server.url}route`, init));
      expect(reply).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
      expect((await fetch(`${server.url}health`)).status).toBe(200);
    }
  }
});

test('a client that goes away ends its query', async () => {
  const bench = await createHttpBench();
  await using local = await serve(createRequestListener(bench.handler));
  bench.encoder.hold();
  const client = new AbortController();
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, signal: client.signal };
  const first = fetch(`${local.url}route`, { ...init, body: '{"text":"first"}' });
  await until(async () => bench.encoder.runs.length > 2);
  // Waits for the run of the first.
  const second = fetch(`${local.url}route`, { ...init, body: '{"text":"second"}' });
  await until(async () => (await bench.router.status()).queued === 1);
  client.abort();
  await expect(first).rejects.toThrow();
  await expect(second).rejects.toThrow();
  await until(async () => (await bench.router.status()).queued === 0);
  bench.encoder.release();
});

/** Events of a socket come when they come; a condition that never does is the test's time limit. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => void setImmediate(resolve));
}
