/** Owns the errors of loading a model. */

import { RouterError } from '../core/errors.ts';

export function loadError(message: string, cause?: unknown): RouterError {
  return new RouterError('MODEL_LOAD_FAILED', message, cause === undefined ? undefined : { cause });
}

/** A file that is not there: final, and for a file of a layout that may be missing no failure at all. */
export class MissingFileError extends RouterError {
  constructor(location: string, how: string, advice = 'check the name and the revision') {
    super('MODEL_LOAD_FAILED', `Got no file at ${location} (${how}); ${advice}.`);
  }
}
