/** Owns the way of a request: endpoint, token, call, response; whatever is thrown on it becomes JSON with a status. */

import { unlessAborted } from '../core/abort-listeners.ts';
import { createClock } from '../core/clock.ts';
import { withDeadline } from '../core/deadline.ts';
import { RouterError } from '../core/errors.ts';
import { guarded } from '../core/guard.ts';
import { parseCallback, parseObject } from '../core/input.ts';
import { parseRouter } from '../core/parts.ts';
import type { AbortSignalLike, Router } from '../core/types.ts';
import { createBatchTurns } from './batch-turns.ts';
import { discardBody, readFields, type Fields } from './body.ts';
import { findEndpoint } from './endpoints.ts';
import { parseLimits, type HttpLimits } from './limits.ts';
import { Refusal, toRefusal } from './refusal.ts';
import { createGuard } from './token.ts';

export interface HandlerOptions {
  /** Answers the requests; stays the caller's to close. */
  readonly router: Router;
  /**
   * What a write must bring as `Authorization: Bearer …`, at least 16 characters. Default: none, and then every
   * write is refused with status 403. Reading and deciding need no token.
   */
  readonly token?: string | undefined;
  readonly limits?: HttpLimits;
  /**
   * Who asks, for an equal share of the turns that batches and long texts take. Default: the remote address, where
   * `createRequestListener` made the request; else all are one. Behind a proxy, read what it says of its client.
   */
  readonly clientOf?: (request: Request) => string | undefined;
  /**
   * Told of every failure that is ours (status 500 and above), whose details no response carries; not of calls that their
   * clients gave up. Must not throw.
   */
  readonly onError?: (error: unknown, request: Request) => void;
}

/** A web-standard handler: it answers every request, and never rejects. */
export type Handler = (request: Request) => Promise<Response>;

/**
 * Serves a router over HTTP, wherever there are `Request` and `Response`: `export default { fetch: handler }` in a
 * Worker, `createRequestListener(handler)` of `synaptoroute/node` in Node. `GET /openapi.json` says what it serves.
 *
 * Throws `INVALID_OPTION`.
 */
export function createHandler(options: HandlerOptions): Handler {
  const { router, limits, guard, onError, clientOf } = parseOptions(options);
  const clock = createClock();
  const turns = createBatchTurns();

  async function answer(request: Request): Promise<Response> {
    const { method, url } = request;
    const { endpoint, name } = findEndpoint(method === 'HEAD' ? 'GET' : method, new URL(url).pathname);
    // Before the body is read: of a stranger's nothing is kept.
    if (endpoint.writes) await guard(request);
    const client = clientOf(request) ?? '';
    return withDeadline({ signal: request.signal, timeoutMs: limits.timeoutMs }, clock, async (signal) => {
      const fields = endpoint.fields ? await readInTime(request, endpoint.fields, limits, signal) : {};
      const call = { fields, router, limits, name, turns, client, signal: signal as AbortSignalLike };
      // Whatever it is that the answer waits for: the router, or its disk.
      const made = await unlessAborted(endpoint.answer(call), signal);
      return respond(request, made.status, 'json' in made ? made.json : JSON.stringify(made.body));
    });
  }

  async function answerOrRefuse(request: Request): Promise<Response> {
    try {
      return await answer(request);
    } catch (error) {
      const { status, code, message, headers } = toRefusal(error);
      const isClients = code === 'ABORTED' && request.signal.aborted;
      if (status >= 500 && !isClients) onError?.(error, request);
      return respond(request, status, JSON.stringify({ error: { code, message } }), headers);
    }
  }

  return async (request) => {
    const response = await answerOrRefuse(request);
    await discardBody(request, limits.maxBodyBytes);
    return response;
  };
}

const parseOptions = guarded((options: HandlerOptions) => {
  const { router, token, limits, clientOf, onError } = parseObject(options, 'options') as HandlerOptions;
  parseCallback(clientOf, 'clientOf');
  parseCallback(onError, 'onError');
  return {
    router: parseRouter(router),
    limits: parseLimits(limits),
    guard: createGuard(token),
    clientOf: clientOf ?? addressOf,
    onError,
  };
});

async function readInTime(
  request: Request,
  known: readonly string[],
  limits: Required<HttpLimits>,
  signal: AbortSignalLike | undefined,
): Promise<Fields> {
  const reading = readFields(request, known, limits);
  return unlessAborted(reading, signal).catch((error: unknown) => {
    if (!(error instanceof RouterError && error.code === 'TIMEOUT')) throw error;
    throw new Refusal(408, 'BODY_TOO_SLOW', `Got no whole body in ${limits.timeoutMs} ms; send it faster, or less.`);
  });
}

/** A request of `createRequestListener` says where it came from. */
function addressOf(request: Request): string | undefined {
  return (request as Request & { readonly remoteAddress?: string }).remoteAddress;
}

function respond(
  request: Request,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(request.method === 'HEAD' ? null : json, {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  });
}
