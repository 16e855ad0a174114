/** Owns how much one request may ask for: the defaults and their check. */

import { parseDuration, parseInteger, parseObject } from '../core/input.ts';

export interface HttpLimits {
  /** The most bytes of a request's body; one more is status 413. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** The most texts of one batch, and utterances of one request. Default 1,000. */
  readonly maxTexts?: number;
  /** The most characters of one text. Default 10,000, which is the router's own bound for utterances. */
  readonly maxTextLength?: number;
  /**
   * The most characters of a batch's answer; one that would be longer is status 422. Default 4 Mi, which a thousand texts
   * with 25 candidates stay below.
   */
  readonly maxAnswerLength?: number;
  /** After so many milliseconds a request is answered with status 504, whatever it waits for. Default 10,000. */
  readonly timeoutMs?: number;
}

/** Throws `INVALID_OPTION`. */
export function parseLimits(limits: HttpLimits = {}): Required<HttpLimits> {
  const { maxBodyBytes, maxTexts, maxTextLength, maxAnswerLength, timeoutMs } = parseObject(
    limits,
    'limits',
  ) as HttpLimits;
  return {
    maxBodyBytes: parseInteger(maxBodyBytes, 'limits.maxBodyBytes', 1_048_576, 1),
    maxTexts: parseInteger(maxTexts, 'limits.maxTexts', 1000, 1),
    maxTextLength: parseInteger(maxTextLength, 'limits.maxTextLength', 10_000, 1),
    maxAnswerLength: parseInteger(maxAnswerLength, 'limits.maxAnswerLength', 4_194_304, 1),
    timeoutMs: parseDuration(timeoutMs, 'limits.timeoutMs', 10_000),
  };
}
