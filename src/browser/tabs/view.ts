/** Owns a client's own face of a router that it shares with others: closing it ends what this client waits for, no more. */

import { onAbort } from '../../core/abort-listeners.ts';
import { closedError } from '../../core/errors.ts';
import { parseCloseOptions } from '../../core/input.ts';
import type { ModelRouter } from '../../core/types.ts';
import { forwardingRouter, type ForwardedCall } from './forwarding.ts';

export function createView(router: ModelRouter): ModelRouter {
  const aborts = new Set<AbortController>();
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  async function dispatch(call: ForwardedCall): Promise<unknown> {
    if (closing) throw closedError();
    const abort = new AbortController();
    const release = onAbort(call.signal, () => abort.abort(call.signal?.reason));
    if (call.signal?.aborted) abort.abort(call.signal.reason);
    const result = call.on(router, abort.signal);
    aborts.add(abort);
    running.add(result);
    try {
      return await result;
    } catch (error) {
      throw abort.signal.reason === CLOSED ? closedError() : error;
    } finally {
      aborts.delete(abort);
      running.delete(result);
      release();
    }
  }

  async function end(pending: 'reject' | 'drain'): Promise<void> {
    if (pending === 'reject') for (const abort of aborts) abort.abort(CLOSED);
    await Promise.allSettled(running);
    await router.flush();
  }

  return forwardingRouter(dispatch, async (options) => {
    const pending = parseCloseOptions(options);
    await (closing ??= end(pending));
  });
}

/** Tells our own aborts from the caller's. */
const CLOSED = Symbol('closed');
