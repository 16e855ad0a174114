/** Owns a router whose routes many tabs share: every call goes to the tab that leads, and outlives it where it can. */

import { unlessAborted } from '../../core/abort-listeners.ts';
import { closedError, type RouterError } from '../../core/errors.ts';
import { parseCloseOptions } from '../../core/input.ts';
import type { AbortSignalLike, CloseOptions, ModelRouter, MutationReceipt, RouterStatus } from '../../core/types.ts';
import { forwardingRouter, type ForwardedCall } from './forwarding.ts';
import { isGone, isLostReceipt, leaderChanged } from './leader-errors.ts';
import { Seat } from './seat.ts';
import type { SeatOptions, Session } from './session.ts';

/**
 * Reads that were under way when the leader went are asked again of the next one. Writes are not, for they may have
 * taken effect: they reject with `LEADER_CHANGED`, as do the receipts whose `durable` was not told yet.
 *
 * Rejects with what the leader's opening rejected with, `INVALID_OPTION` where the leader has another model, `ABORTED`.
 */
export async function openTabRouter(options: SeatOptions, signal: AbortSignalLike): Promise<ModelRouter> {
  const seat = new Seat(options);
  try {
    await seat.session(signal);
  } catch (error) {
    // Nobody holds this tab's router, so nobody else could free the seat.
    void seat.leave().catch(ignore);
    throw error;
  }
  return createTabRouter(seat);
}

function createTabRouter(seat: Seat): ModelRouter {
  const running = new Set<Promise<unknown>>();
  /** Why a change of this tab may be lost that a caller has a receipt of; told by the next flush. */
  let unsure: RouterError | undefined;
  let closing: Promise<void> | undefined;

  async function dispatch(call: ForwardedCall): Promise<unknown> {
    if (closing) throw closedError();
    const result = seat.during(answer(call));
    running.add(result);
    return result.finally(() => running.delete(result));
  }

  async function answer(call: ForwardedCall): Promise<unknown> {
    for (;;) {
      const session = await seat.session(call.signal);
      try {
        return finish(call, session, await call.on(session.router));
      } catch (error) {
        if (!isGone(error) || closing || (session.role === 'leader' && !session.isDeposed?.())) throw error;
        // CLOSED is what a leader says that resigns, of a call that it has not begun.
        if (call.kind === 'write' && (error as RouterError).code !== 'CLOSED') throw leaderChanged(error);
        await unlessAborted(session.ended, call.signal);
      }
    }
  }

  function finish({ kind, method }: ForwardedCall, { role }: Session, result: unknown): unknown {
    if (kind === 'write') return watched(result as MutationReceipt);
    if (method === 'status') return { ...(result as RouterStatus), tab: role };
    if (method === 'flush' && unsure) {
      const error = unsure;
      unsure = undefined;
      throw error;
    }
    return result;
  }

  function watched(receipt: MutationReceipt): MutationReceipt {
    const durable = seat.during(receipt.durable).catch((error: unknown) => {
      if (!isLostReceipt(error) || closing) throw error;
      unsure = leaderChanged(error);
      throw unsure;
    });
    // Whoever does not look at `durable` learns of it from flush().
    durable.catch(ignore);
    return { ...receipt, durable };
  }

  async function close(options: CloseOptions | undefined): Promise<void> {
    if (options?.pending === 'drain') await Promise.allSettled(running);
    await seat.leave(options);
  }

  return forwardingRouter(dispatch, async (options) => {
    parseCloseOptions(options);
    await (closing ??= close(options));
  });
}

function ignore(): void {
  // Whoever could have been told is gone, or asks again.
}
