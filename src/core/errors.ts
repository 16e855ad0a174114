/** Owns `RouterError`, its closed set of codes, and its form on the wire; knows nothing of who throws it. */

import type { AbortSignalLike } from './types.ts';

/** Every way in which the router says no. A code is stable API; the message is for people. `INTERNAL` is a defect of ours. */
export type RouterErrorCode =
  | 'INVALID_ROUTE'
  | 'INVALID_QUERY'
  | 'INVALID_OPTION'
  | 'ROUTE_NOT_FOUND'
  | 'ROUTE_EXISTS'
  | 'QUEUE_FULL'
  | 'ABORTED'
  | 'TIMEOUT'
  | 'CLOSED'
  | 'WORKER_LOST'
  | 'LEADER_CHANGED'
  | 'ENCODER_FAILED'
  | 'ENCODER_MISMATCH'
  | 'MODEL_LOAD_FAILED'
  | 'STORAGE_FAILED'
  | 'STORAGE_CORRUPT'
  | 'CAPACITY'
  | 'INTERNAL'
  | 'UNSUPPORTED';

/**
 * The only class of error that the router throws or rejects with.
 *
 * The message is one sentence: what was got, what was wanted, what to do. `cause` is the error
 * underneath, where there is one; over a worker boundary it becomes a string.
 */
export class RouterError extends Error {
  override readonly name: string = 'RouterError';
  readonly code: RouterErrorCode;

  constructor(code: RouterErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A `RouterError` as plain, structured-cloneable data. */
export interface ErrorRecord {
  readonly code: RouterErrorCode;
  readonly message: string;
  readonly cause?: string;
}

/** Any thrown value as a `RouterError`: one of ours passes through, anything else is wrapped under `code`. */
export function toRouterError(error: unknown, code: RouterErrorCode, doing: string): RouterError {
  try {
    if (error instanceof RouterError) return error;
  } catch {
    // A proxy that is revoked, say, is nobody's instance.
  }
  return new RouterError(code, `${doing} failed: ${messageOf(error)}`, { cause: error });
}

export function toErrorRecord(error: RouterError): ErrorRecord {
  const { code, message, cause } = error;
  return cause === undefined ? { code, message } : { code, message, cause: messageOf(cause) };
}

export function fromErrorRecord({ code, message, cause }: ErrorRecord): RouterError {
  return new RouterError(code, message, cause === undefined ? undefined : { cause });
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  try {
    // Some of a browser's have a name alone.
    return String(error instanceof Error ? error.message || error.name : error);
  } catch {
    // An object without a prototype, say, has no text.
    return 'something that has no text';
  }
}

export function closedError(): RouterError {
  return new RouterError('CLOSED', 'Got a call on a router that is closed; open a new one.');
}

/** `TIMEOUT` for `AbortSignal.timeout()`, `ABORTED` for every other reason; the reason is the cause. */
export function abortError(signal: AbortSignalLike | undefined): RouterError {
  const reason = signal?.reason;
  const isTimeout = typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError';
  return isTimeout
    ? new RouterError('TIMEOUT', 'The call took longer than its signal allowed; nothing of it was applied.', {
        cause: reason,
      })
    : new RouterError('ABORTED', 'The call was aborted by its signal; nothing of it was applied.', { cause: reason });
}
