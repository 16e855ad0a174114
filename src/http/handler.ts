/** Owns the way of a request: endpoint, token, call, response; whatever is thrown on it becomes JSON with a status. */

import { RouterError } from '../core/errors.ts';
import { guarded } from '../core/guard.ts';
import { parseObject } from '../core/input.ts';
import { parseRouter } from '../core/parts.ts';
import type { Router } from '../core/types.ts';
import { discardBody } from './body.ts';
import { findEndpoint } from './endpoints.ts';
import { parseLimits, type HttpLimits } from './limits.ts';
import { toRefusal } from './refusal.ts';
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
  /** Told of every failure that is ours (status 500 and above), whose details no response carries. Must not throw. */
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
  const { router, limits, guard, onError } = parseOptions(options);

  async function answer(request: Request): Promise<Response> {
    const { method, url, signal } = request;
    const { endpoint, name } = findEndpoint(method === 'HEAD' ? 'GET' : method, new URL(url).pathname);
    // Before the body is read: of a stranger's nothing is kept.
    if (endpoint.writes) await guard(request);
    const call = { request, router, limits, name, options: { signal, timeoutMs: limits.timeoutMs } };
    const { status, body } = await within(limits.timeoutMs, endpoint.answer(call));
    return respond(request, status, body);
  }

  async function answerOrRefuse(request: Request): Promise<Response> {
    try {
      return await answer(request);
    } catch (error) {
      const { status, code, message, headers } = toRefusal(error);
      if (status >= 500) onError?.(error, request);
      return respond(request, status, { error: { code, message } }, headers);
    }
  }

  return async (request) => {
    const response = await answerOrRefuse(request);
    await discardBody(request, limits.maxBodyBytes);
    return response;
  };
}

const parseOptions = guarded((options: HandlerOptions) => {
  const { router, token, limits, onError } = parseObject(options, 'options') as HandlerOptions;
  return { router: parseRouter(router), limits: parseLimits(limits), guard: createGuard(token), onError };
});

/** Whatever it is that a request waits for: the router, its disk, the rest of the body. */
async function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RouterError('TIMEOUT', `Not answered within ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function respond(
  request: Request,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(request.method === 'HEAD' ? null : JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
  });
}
