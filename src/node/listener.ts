/** Owns the seam between Node's http server and a web-standard handler. */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A listener for `http.createServer` that answers with a web-standard handler, such as that of `synaptoroute/http`.
 * The request's signal is aborted when its client goes away.
 */
export function createRequestListener(handler: (request: Request) => Promise<Response>): RequestListener {
  return (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on('close', () => gone.abort());
    void answer(handler, toRequest(incoming, gone.signal), outgoing).catch(() => outgoing.destroy());
  };
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  request: Request | undefined,
  outgoing: ServerResponse,
): Promise<void> {
  if (!request) return refuse(outgoing);
  const { status, headers, body } = await handler(request);
  // What has not come yet of a refused body would be taken for the next request.
  const isUnread = !outgoing.req.complete;
  // The one header of which there may be several.
  const cookies = headers.getSetCookie();
  outgoing.writeHead(status, {
    ...Object.fromEntries(headers),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
    ...(isUnread && { Connection: 'close' }),
  });
  if (!body) return void outgoing.end();
  for await (const chunk of body as ReadableStream<Uint8Array>) outgoing.write(chunk);
  outgoing.end();
}

/** In the form of the handler's own refusals. */
function refuse(outgoing: ServerResponse): void {
  const error = { code: 'METHOD_NOT_ALLOWED', message: 'Got a request that no web-standard Request can be.' };
  outgoing.writeHead(405, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' });
  outgoing.end(JSON.stringify({ error }));
}

/** `undefined` for what `Request` refuses, such as the method TRACE. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  try {
    return createRequest(incoming, signal);
  } catch {
    return undefined;
  }
}

function createRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headersDistinct } = incoming;
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const hasBody = method !== 'GET' && method !== 'HEAD';
  // The path alone matters; a Host header may be anything.
  return new Request(new URL(url.replace(/^\/*/, '/'), 'http://localhost'), {
    method,
    headers,
    signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  });
}
