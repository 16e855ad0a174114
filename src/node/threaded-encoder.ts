/** Makes an encoder that runs on a thread of its own. */

import { onAbort } from '../core/abort-listeners.ts';
import { createClock } from '../core/clock.ts';
import { RouterError, abortError, closedError } from '../core/errors.ts';
import { guarded, show } from '../core/guard.ts';
import { parseObject } from '../core/input.ts';
import type { Clock, Encoder } from '../core/types.ts';
import { createLocalEncoder, type NodeEncoderOptions } from './encoder.ts';
import { keepRunning, type KeptThread } from './kept-thread.ts';
import { ThreadEnd } from './thread-end.ts';
import { OPENING, type EncoderFacts } from './thread-wire.ts';

/**
 * The embedded model, or another, as an encoder that several routers may share.
 *
 * It encodes on a thread of its own, unless `thread` is `caller`. If the thread ends, what was under way rejects with
 * `WORKER_LOST`, and it is started again after 0.1 s, after twice that where it ends again, and so on up to 30 s. Until it
 * runs, every call rejects with `WORKER_LOST` at once, and `status().failure` says why. An encoder that has nothing to do
 * keeps no process alive.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `INVALID_OPTION`, `ABORTED`, `TIMEOUT`, `WORKER_LOST`.
 */
export async function createEncoder(options: NodeEncoderOptions = {}): Promise<Encoder> {
  const { thread = 'worker', ...rest } = guarded(readOptions)(options);
  if (thread === 'caller') return createLocalEncoder(rest);
  if (thread !== 'worker') {
    throw new RouterError('INVALID_OPTION', `Expected \`thread\` to be worker or caller, got ${show(thread)}.`);
  }
  return createThreadedEncoder(rest, BACKGROUND_CLOCK);
}

/** Its timers keep no process alive. */
const BACKGROUND_CLOCK: Clock = { ...createClock(), setTimeout: (callback, ms) => setTimeout(callback, ms).unref() };

/** @param clock times the restarts of a lost thread */
export async function createThreadedEncoder(
  { onProgress, signal, ...config }: NodeEncoderOptions,
  clock: Clock,
): Promise<Encoder> {
  if (signal?.aborted) throw abortError(signal);
  const end = new ThreadEnd(config, onProgress);
  // Told, not killed: it may hold the lock of a download.
  const release = onAbort(signal, () => end.abort(OPENING));
  try {
    const facts = await end.opened;
    if (signal?.aborted) throw abortError(signal);
    return toEncoder(
      keepRunning(end, facts, () => new ThreadEnd(config, undefined), clock),
      facts,
    );
  } catch (error) {
    await end.stop(closedError());
    throw signal?.aborted ? abortError(signal) : error;
  } finally {
    release();
  }
}

function readOptions(options: NodeEncoderOptions): NodeEncoderOptions {
  return { ...(parseObject(options, 'options') as NodeEncoderOptions) };
}

function toEncoder(thread: KeptThread, { status, ...identity }: EncoderFacts): Encoder {
  let closing: Promise<void> | undefined;
  return {
    ...identity,
    offThread: true,
    async encode(texts, options = {}) {
      if (closing) throw closedError();
      return thread.encode(texts, options);
    },
    status: () => ({ ...status, thread: 'worker', ...thread.condition() }),
    close: () => (closing ??= thread.close()),
  };
}
