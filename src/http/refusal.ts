/** Owns every way in which the API says no: a status, a code and a sentence; and what of the router's errors may go out. */

import { RouterError, type RouterErrorCode } from '../core/errors.ts';

/** Codes of refusals that the router never saw. */
export type HttpErrorCode =
  | 'INVALID_JSON'
  | 'INVALID_BODY'
  | 'UNAUTHORIZED'
  | 'WRITES_OFF'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'BODY_TOO_SLOW'
  | 'ANSWER_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE';

export type ApiErrorCode = HttpErrorCode | RouterErrorCode;

/** Thrown inside the handler alone, where it becomes the response. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ApiErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** One second: a queue of 10,000 is emptied in some, and a model loaded in less. */
const RETRY = { 'Retry-After': '1' };

const SERVER_BUSY = 'The router cannot answer at the moment; try again.';

/** What the caller did wrong keeps its sentence; what went wrong here gets one that tells nothing of this place. */
const REFUSALS: Readonly<Record<RouterErrorCode, readonly [status: number, message?: string]>> = {
  INVALID_ROUTE: [422],
  INVALID_QUERY: [422],
  ROUTE_NOT_FOUND: [404],
  ROUTE_EXISTS: [409],
  QUEUE_FULL: [429],
  TIMEOUT: [504, 'The router did not answer in time; a change may take effect yet. Send less at once, or try again.'],
  ABORTED: [503, 'The request was aborted before its answer was there.'],
  CAPACITY: [507, 'There is no room for more utterances; remove some first.'],
  CLOSED: [503, SERVER_BUSY],
  WORKER_LOST: [503, SERVER_BUSY],
  LEADER_CHANGED: [503, SERVER_BUSY],
  MODEL_LOAD_FAILED: [503, 'The model cannot be loaded at the moment; try again.'],
  STORAGE_FAILED: [503, 'The routes cannot be read or written at the moment; a change is not durable. Try again.'],
  STORAGE_CORRUPT: [503, 'The stored routes cannot be read; the operator has to mend them.'],
  ENCODER_MISMATCH: [503, 'The stored routes belong to another model; the operator has to add them anew.'],
  ENCODER_FAILED: [500, 'The model failed on this text.'],
  INVALID_OPTION: [500, 'The router is set up wrongly.'],
  UNSUPPORTED: [500, 'The router cannot run here.'],
  INTERNAL: [500, 'The router failed.'],
};

/** Anything thrown, as what goes out. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof RouterError)) return new Refusal(500, 'INTERNAL', 'The router failed.');
  const [status, message = error.message] = REFUSALS[error.code] ?? [500, 'The router failed.'];
  return new Refusal(status, error.code, message, status === 429 || status === 503 ? RETRY : {});
}
