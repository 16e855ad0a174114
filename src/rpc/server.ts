/** Owns the serving end of the wire: messages in, calls on a router, answers out. Knows no platform. */

import { RouterError, toErrorRecord, toRouterError, type ErrorRecord } from '../core/errors.ts';
import type { CallOptions, LoadProgress, MutationReceipt, Router } from '../core/types.ts';
import {
  WIRE_VERSION,
  type Answer,
  type Call,
  type ClientMessage,
  type RouterPort,
  type ServerMessage,
} from './wire.ts';

/** What the client asked for when it connected. */
export interface OpenRequest {
  /** As the client passed it to `connectRouter`; not checked. */
  readonly config: unknown;
  readonly onProgress: (progress: LoadProgress) => void;
}

export interface ServeOptions {
  /** The name of a Web Lock, once it is held: its release tells clients that this thread is gone. */
  readonly lifeLock?: Promise<string | undefined>;
}

/**
 * Serves a router over a port: opens it on the client's `open` message, answers calls until `close`.
 * A failed `open` is answered and may be tried again by a new connection.
 */
export function serveRouter(
  port: RouterPort,
  open: (request: OpenRequest) => Promise<Router>,
  { lifeLock }: ServeOptions = {},
): void {
  const aborts = new Map<number, AbortController>();
  let router: Router | undefined;

  const send = (message: ServerMessage): void => port.postMessage(message);

  async function openOnce(message: Extract<ClientMessage, { type: 'open' }>): Promise<void> {
    send({ type: 'hello', wireVersion: WIRE_VERSION, lifeLock: await lifeLock });
    try {
      if (message.wireVersion !== WIRE_VERSION) {
        throw new RouterError(
          'UNSUPPORTED',
          `Got a client of wire version ${message.wireVersion} on a server of version ${WIRE_VERSION}; load both from the same release of synaptoroute.`,
        );
      }
      router = await open({
        config: message.config,
        onProgress: (progress) => send({ type: 'progress', ...progress }),
      });
      send({ type: 'opened' });
    } catch (error) {
      send({ type: 'open-failed', error: record(error) });
    }
  }

  async function answer(id: number, call: Call): Promise<void> {
    const abort = new AbortController();
    aborts.set(id, abort);
    try {
      if (!router) throw new RouterError('CLOSED', 'Got a call before the router was open; wait for connectRouter.');
      const result = await invoke(router, call, { signal: abort.signal });
      if (isReceipt(result)) acknowledge(id, result);
      else send({ type: 'answer', id, answer: result ?? undefined });
    } catch (error) {
      send({ type: 'failure', id, error: record(error) });
    } finally {
      aborts.delete(id);
    }
  }

  function acknowledge(id: number, { revision, truncated, durable }: MutationReceipt): void {
    send({ type: 'receipt', id, receipt: { revision, truncated } });
    durable.then(
      () => send({ type: 'durable', id }),
      (error: unknown) => send({ type: 'not-durable', id, error: record(error) }),
    );
  }

  port.addEventListener('message', (event) => {
    const message = (event as MessageEvent<ClientMessage>).data;
    if (message.type === 'open') void openOnce(message);
    else if (message.type === 'call') void answer(message.id, message.call);
    else aborts.get(message.id)?.abort(abortReason(message.code));
  });
  port.addEventListener('messageerror', () => send({ type: 'undecodable' }));
  port.start?.();
}

function invoke(router: Router, call: Call, options: CallOptions): Promise<MutationReceipt | Answer | void> {
  switch (call.method) {
    case 'addRoute':
      return router.addRoute(call.args[0], options);
    case 'removeRoute':
      return router.removeRoute(call.args[0]);
    case 'addUtterances':
      return router.addUtterances(call.args[0], call.args[1], options);
    case 'removeUtterances':
      return router.removeUtterances(call.args[0], call.args[1]);
    case 'setThreshold':
      return router.setThreshold(call.args[0], call.args[1]);
    case 'query':
      return router.query(call.args[0], options);
    case 'queryMany':
      return router.queryMany(call.args[0], options);
    case 'routes':
      return router.routes();
    case 'flush':
      return router.flush();
    case 'status':
      return router.status();
    case 'close':
      return router.close();
  }
}

function isReceipt(result: MutationReceipt | Answer | void): result is MutationReceipt {
  return result !== undefined && 'durable' in result;
}

/** The reason that makes the router say the code the client saw. */
function abortReason(code: 'ABORTED' | 'TIMEOUT'): Error {
  return Object.assign(new Error('aborted by the client'), {
    name: code === 'TIMEOUT' ? 'TimeoutError' : 'AbortError',
  });
}

function record(error: unknown): ErrorRecord {
  return toErrorRecord(toRouterError(error, 'WORKER_LOST', 'The call'));
}
