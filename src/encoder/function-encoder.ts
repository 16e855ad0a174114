/** Owns the encoder on any function from texts to vectors, such as a remote API: splits, tries again, checks, normalises. */

import { createClock } from '../core/clock.ts';
import { RouterError, abortError, closedError, messageOf } from '../core/errors.ts';
import { guarded, show } from '../core/guard.ts';
import { parseCosine, parseDuration, parseDimensions, parseInteger, parseObject } from '../core/input.ts';
import type { AbortSignalLike, Clock, EncodeOptions, Encoder, Encoding, TextKind } from '../core/types.ts';
import type { RunnerStatus } from './onnx-session.ts';
import { pause } from './pause.ts';
import { normalizeRows } from './pooling.ts';

/** One vector for each text, or all of them in one array, row after row. */
export type Vectors = readonly ArrayLike<number>[] | Float32Array;

export interface EncodeCall {
  readonly kind: TextKind;
  readonly signal?: AbortSignalLike;
}

/** When a failed call is made again. */
export interface RetryPolicy {
  /** How often, at most. Default 2. */
  readonly maxRetries?: number;
  /** Milliseconds before the first of these; each next wait is twice as long. Default 500. */
  readonly retryDelayMs?: number;
  /** Whether another try may help. Default: always. */
  readonly isTransient?: (error: unknown) => boolean;
}

export interface FunctionEncoderOptions {
  /** Equal ids must mean comparable vectors: name the model, its version, and all that changes what it answers. */
  readonly id: string;
  readonly dimensions: number;
  /** Answers texts with their vectors, in order; never gets more than `maxBatchSize`, nor a blank text. */
  readonly encode: (texts: readonly string[], call: EncodeCall) => Promise<Vectors>;
  /** The most texts in one call. Default 32. */
  readonly maxBatchSize?: number;
  /** What vectors of another length than 1 become: scaled to it, or `ENCODER_FAILED`. Default `scale`. */
  readonly norm?: 'scale' | 'require';
  readonly retry?: RetryPolicy;
  /** The threshold of routes that name none, in [-1, 1]. Default 0.5. */
  readonly defaultThreshold?: number;
  /** Which of some texts were longer than the model reads. Default: none. */
  readonly findTruncated?: (texts: readonly string[], kind: TextKind) => readonly number[];
  /** For `status()`. Default: a remote device. */
  readonly describe?: RunnerStatus;
  readonly clock?: Clock;
}

type Checked = Required<Pick<FunctionEncoderOptions, 'encode' | 'dimensions' | 'norm' | 'clock'>> & {
  readonly retry: Required<RetryPolicy>;
};

/** What a required unit vector's length may differ by from 1. */
const NORM_TOLERANCE = 1e-3;

/**
 * An encoder on a function of yours.
 *
 * Throws `INVALID_OPTION`. Its `encode` rejects with `ENCODER_FAILED` where a call fails in every try or answers with
 * something else than finite vectors of the right shape, `ABORTED`, `TIMEOUT`, `CLOSED`.
 */
export function createFunctionEncoder(options: FunctionEncoderOptions): Encoder {
  const { id, dimensions, findTruncated, describe, maxBatchSize, defaultThreshold, checked } = parseOptions(options);
  let isClosed = false;

  async function encode(texts: readonly string[], { kind = 'query', signal }: EncodeOptions = {}): Promise<Encoding> {
    if (isClosed) throw closedError();
    const call = { kind, ...(signal && { signal }) };
    const vectors = new Float32Array(texts.length * dimensions);
    const full = [...texts.keys()].filter((i) => texts[i]?.trim() !== '');
    for (let first = 0; first < full.length; first += maxBatchSize) {
      const batch = full.slice(first, first + maxBatchSize);
      const rows = await callWithRetries(
        checked,
        batch.map((i) => texts[i] as string),
        call,
      );
      for (const [row, i] of batch.entries()) {
        vectors.set(rows.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
      }
    }
    return { vectors, truncated: findTruncated?.(texts, kind) ?? [] };
  }

  return {
    id,
    dimensions,
    defaultThreshold,
    encode,
    status: () => ({ id, dimensions, ...(describe ?? { runtime: 'a function', device: 'remote', threads: 1 }) }),
    async close() {
      isClosed = true;
    },
  };
}

const parseOptions = guarded((given: FunctionEncoderOptions) => {
  const options = parseFunctionOptions(given);
  return {
    ...options,
    checked: checkOptions(options),
    maxBatchSize: parseInteger(options.maxBatchSize, 'maxBatchSize', 32, 1),
    defaultThreshold: parseCosine(options.defaultThreshold, 'defaultThreshold', 0.5),
  };
});

function parseFunctionOptions(options: FunctionEncoderOptions): FunctionEncoderOptions {
  const { id, encode, dimensions } = parseObject(options, 'options') as FunctionEncoderOptions;
  if (typeof id !== 'string' || id === '') {
    throw invalidOption('Expected `id` to name the model; pass a text that changes with it.');
  }
  if (typeof encode !== 'function') {
    throw invalidOption(`Expected \`encode\` to be a function, got ${show(encode)}; pass one from texts to vectors.`);
  }
  if (dimensions === undefined) throw invalidOption('Expected `dimensions`, got none; pass the length of a vector.');
  return { ...options, dimensions: parseDimensions(dimensions, 'dimensions') };
}

function checkOptions({ encode, dimensions, norm = 'scale', retry = {}, clock }: FunctionEncoderOptions): Checked {
  if (norm !== 'scale' && norm !== 'require') {
    throw invalidOption(`Expected \`norm\` to be scale or require, got ${show(norm)}.`);
  }
  return {
    encode,
    dimensions,
    norm,
    clock: clock ?? createClock(),
    retry: {
      maxRetries: parseInteger(retry.maxRetries, 'retry.maxRetries', 2, 0),
      retryDelayMs: parseDuration(retry.retryDelayMs, 'retry.retryDelayMs', 500),
      isTransient: retry.isTransient ?? (() => true),
    },
  };
}

async function callWithRetries(options: Checked, texts: readonly string[], call: EncodeCall): Promise<Float32Array> {
  const { encode, clock, retry } = options;
  for (let tries = 1; ; tries++) {
    if (call.signal?.aborted) throw abortError(call.signal);
    let answer: Vectors;
    try {
      answer = await encode(texts, call);
    } catch (error) {
      if (call.signal?.aborted) throw abortError(call.signal);
      if (tries > retry.maxRetries || !retry.isTransient(error)) {
        throw new RouterError(
          'ENCODER_FAILED',
          `Encoding ${texts.length} texts failed in ${tries} tries: ${messageOf(error)}`,
          { cause: error },
        );
      }
      await pause(retry.retryDelayMs * 2 ** (tries - 1), clock, call.signal);
      continue;
    }
    // What has the wrong shape has it the next time too.
    return toRows(answer, texts.length, options);
  }
}

function toRows(answer: Vectors, texts: number, { dimensions, norm }: Checked): Float32Array {
  const rows = flatten(answer, texts, dimensions);
  for (let start = 0; start < rows.length; start += dimensions) {
    const length = Math.hypot(...rows.subarray(start, start + dimensions));
    if (!Number.isFinite(length))
      throw failed(`numbers that are not finite for text ${start / dimensions} of ${texts}`);
    if (norm === 'require' && length !== 0 && Math.abs(length - 1) > NORM_TOLERANCE) {
      throw failed(`a vector of length ${length}; let it answer with unit vectors, or pass \`norm: 'scale'\``);
    }
  }
  return normalizeRows(rows, dimensions);
}

/** A copy: the function may use its array again. */
function flatten(answer: Vectors, texts: number, dimensions: number): Float32Array {
  if (answer instanceof Float32Array) {
    if (answer.length === texts * dimensions) return answer.slice();
    throw failed(`${answer.length} numbers for ${texts} texts of ${dimensions} dimensions`);
  }
  if (!Array.isArray(answer) || answer.length !== texts) {
    throw failed(`${Array.isArray(answer) ? answer.length : 'no'} vectors for ${texts} texts`);
  }
  const rows = new Float32Array(texts * dimensions);
  for (const [i, vector] of (answer as readonly ArrayLike<number>[]).entries()) {
    if (vector?.length !== dimensions) throw failed(`a vector of ${vector?.length} numbers, wanted ${dimensions}`);
    rows.set(vector, i * dimensions);
  }
  return rows;
}

function failed(got: string): RouterError {
  return new RouterError('ENCODER_FAILED', `Got ${got} from the encoder's function.`);
}

function invalidOption(message: string): RouterError {
  return new RouterError('INVALID_OPTION', message);
}
