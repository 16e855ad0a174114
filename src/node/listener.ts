/** Owns the seam between Node's http server and a web-standard handler. */

import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { toRequest } from './node-request.ts';

/** A client that takes nothing of its answer for so long is taken for gone: answers that wait for it hold memory. */
const STALLED_MS = 30_000;

/**
 * A listener for `http.createServer` that answers with a web-standard handler, such as that of `synaptoroute/http`.
 * The request's signal is aborted when its client goes away; its `remoteAddress` is the client's. It reads from Node's message
 * what is asked of it: from Node 24 on, pass `request.clone()` to `new Request`, not the request itself.
 */
export function createRequestListener(handler: (request: Request) => Promise<Response>): RequestListener {
  return (incoming, outgoing) => {
    void answer(handler, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  let request: Request;
  try {
    request = toRequest(incoming, outgoing);
  } catch {
    return refuse(outgoing);
  }
  const { status, headers, body } = await handler(request);
  // The one header of which there may be several.
  const cookies = headers.getSetCookie();
  outgoing.writeHead(status, {
    ...Object.fromEntries(headers),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
    // What has not come yet of a refused body would be taken for the next request.
    ...(!incoming.complete && { Connection: 'close' }),
  });
  if (body) await send(body, outgoing);
  outgoing.end();
}

/** As fast as the client takes it, and no longer than it is there. */
async function send(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  outgoing.once('close', cancel);
  for (;;) {
    const { done, value } = await reader.read();
    if (done || outgoing.destroyed) break;
    if (!outgoing.write(value)) await drained(outgoing);
  }
  outgoing.off('close', cancel);
}

async function drained(outgoing: ServerResponse): Promise<void> {
  const ended = new AbortController();
  const timer = setTimeout(() => outgoing.destroy(), STALLED_MS);
  const waits = ['drain', 'close'].map((event) =>
    once(outgoing, event, { signal: ended.signal }).catch(() => undefined),
  );
  await Promise.race(waits);
  clearTimeout(timer);
  ended.abort();
}

/** In the form of the handler's own refusals. */
function refuse(outgoing: ServerResponse): void {
  const error = { code: 'INVALID_HEADER', message: 'Got headers that no web-standard Request can have.' };
  outgoing.writeHead(400, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' });
  outgoing.end(JSON.stringify({ error }));
}
