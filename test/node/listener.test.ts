import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createRequestListener } from 'synaptoroute/node';
import { expect, test } from 'vitest';
import { serve } from '../support/model.ts';

type Read = (request: Request) => Promise<unknown>;

const READS: Readonly<Record<string, Read>> = {
  text: (request) => request.text(),
  json: (request) => request.json(),
  'bytes of arrayBuffer': async (request) => new TextDecoder().decode(await request.arrayBuffer()),
  blob: async (request) => (await request.blob()).text(),
  'the stream': async ({ body }) => new Response(body).text(),
  'a clone, and then itself': async (request) => [await request.clone().text(), await request.text()],
  'a Request made of it': (request) => new Request(request).text(),
  'a Request made of it, with another body': async (request) =>
    new Request(request, { body: new Blob([await request.text()]).stream(), duplex: 'half' } as RequestInit).text(),
  'a Request of another URL': (request) => new Request('http://elsewhere/', request).text(),
  'nothing a second time': async (request) => {
    await request.text();
    return [request.bodyUsed, await request.text().catch((error: unknown) => error instanceof TypeError)];
  },
  'nothing once the stream was read': async (request) => {
    const reader = request.body?.getReader();
    while (!(await reader?.read())?.done);
    reader?.releaseLock();
    return [request.bodyUsed, await request.text().catch((error: unknown) => error instanceof TypeError)];
  },
};
const EXPECTED: Readonly<Record<string, unknown>> = {
  json: { a: 'ü' },
  'a clone, and then itself': ['{"a":"ü"}', '{"a":"ü"}'],
  'nothing a second time': [true, true],
  'nothing once the stream was read': [true, true],
};

test.each(Object.keys(READS))('a handler reads a body as %s', async (name) => {
  await using server = await serve(
    createRequestListener(async (request) => Response.json(await READS[name]?.(request))),
  );
  for (const body of ['{"a":"ü"}', new Blob(['{"a":', '"ü"}']).stream()]) {
    const reply = await fetch(server.url, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await reply.json()).toEqual(EXPECTED[name] ?? '{"a":"ü"}');
  }
});

test('a handler gets a Request with method, URL, headers, address and no body where there is none', async () => {
  await using server = await serve(
    createRequestListener(async (request) => {
      const { method, url, headers, body, bodyUsed, signal } = request;
      const address = 'remoteAddress' in request && request.remoteAddress;
      return Response.json([
        request instanceof Request,
        method,
        url,
        headers.get('x-a'),
        body,
        bodyUsed,
        address,
        signal.aborted,
      ]);
    }),
  );
  const reply = await fetch(`${server.url}a/b?c=%20`, { headers: { 'x-a': '1' } });
  const address = expect.stringMatching(/127\.0\.0\.1|::1/) as string;
  expect(await reply.json()).toEqual([true, 'GET', 'http://localhost/a/b?c=%20', '1', null, false, address, false]);
});

test('a stream is sent piece by piece, as it comes', async () => {
  let next: (() => void) | undefined;
  let pulls = 0;
  const body = new ReadableStream({
    async pull(controller) {
      if (pulls++ > 0) await new Promise<void>((resolve) => (next = resolve));
      controller.enqueue(new TextEncoder().encode('piece'));
    },
  });
  await using server = await serve(createRequestListener(async () => new Response(body)));
  const reply = await fetch(server.url);
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  for (let i = 0; i < 3; i++) {
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('piece');
    next?.();
  }
  await reader.cancel();
});

test('a client that reads nothing is sent no more than fits on the way, and nothing once it has gone', async () => {
  let pulls = 0;
  let cancel: () => void;
  const cancelled = new Promise<void>((resolve) => (cancel = resolve));
  const body = new ReadableStream(
    {
      pull(controller) {
        pulls++;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel: () => cancel(),
    },
    { highWaterMark: 0 },
  );
  await using server = await serve(createRequestListener(async () => new Response(body)));
  const socket = await ask(server.url);
  let before = -1;
  // Until nothing moves for a hundred turns of the event loop.
  while (before !== pulls) {
    before = pulls;
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
  }
  expect(pulls * 65_536).toBeLessThan(64 * 1024 * 1024);
  socket.destroy();
  await cancelled;
});

async function ask(url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}
