/** Owns a `Router` that lives behind a port, as if it were here. */

import { makeDisposable } from '../core/disposable.ts';
import type { Router } from '../core/types.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import type { RouterPort } from './wire.ts';

/**
 * Connects to a router that `serveRouter` serves at the port's other end, and has it opened.
 *
 * Rejects with what opening rejected with there. From the moment that the other side is known to be
 * gone, every pending and every later call rejects with `WORKER_LOST`.
 */
export async function connectRouter(port: RouterPort, options: ConnectOptions = {}): Promise<Router> {
  const connection = new Connection(port, options);
  await connection.opened;
  return makeDisposable({
    addRoute: (route, { signal } = {}) => connection.mutate({ method: 'addRoute', args: [route] }, signal),
    removeRoute: (name) => connection.mutate({ method: 'removeRoute', args: [name] }),
    addUtterances: (name, texts, { signal } = {}) =>
      connection.mutate({ method: 'addUtterances', args: [name, texts] }, signal),
    removeUtterances: (name, texts) => connection.mutate({ method: 'removeUtterances', args: [name, texts] }),
    setThreshold: (name, threshold) => connection.mutate({ method: 'setThreshold', args: [name, threshold] }),
    query: (text, { signal } = {}) => connection.call({ method: 'query', args: [text] }, signal),
    queryMany: (texts, { signal } = {}) => connection.call({ method: 'queryMany', args: [texts] }, signal),
    routes: () => connection.call({ method: 'routes', args: [] }),
    flush: () => connection.call<undefined>({ method: 'flush', args: [] }),
    status: () => connection.call({ method: 'status', args: [] }),
    close: () => connection.close(),
  });
}
