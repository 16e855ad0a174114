import { RouterError, closedError, messageOf } from '../core/errors.ts';
import type { Clock, EncodeOptions, EncoderStatus, Encoding } from '../core/types.ts';
import type { ThreadEnd } from './thread-end.ts';
import type { EncoderFacts } from './thread-wire.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** A thread that has run for so long begins with the first delay again when it is lost. */
const STEADY_MS = 60_000;

/** A thread that is started again when it is lost. */
export interface KeptThread {
  encode(texts: readonly string[], options: EncodeOptions): Promise<Encoding>;
  condition(): Pick<EncoderStatus, 'failure' | 'restarts'>;
  close(): Promise<void>;
}

export function keepRunning(first: ThreadEnd, { id }: EncoderFacts, start: () => ThreadEnd, clock: Clock): KeptThread {
  let current = first;
  let failure: RouterError | undefined;
  let restarts = 0;
  let delayMs = FIRST_DELAY_MS;
  let runningSince = clock.now();
  let timer: unknown;
  let isClosed = false;

  watch(first);

  function watch(end: ThreadEnd): void {
    runningSince = clock.now();
    end.onLost = (reason) => {
      if (clock.now() - runningSince >= STEADY_MS) delayMs = FIRST_DELAY_MS;
      // One that sent what could not be decoded still runs.
      void end.stop(reason);
      startLater(reason);
    };
  }

  function startLater(reason: unknown): void {
    if (isClosed) return;
    failure = new RouterError(
      'WORKER_LOST',
      `${messageOf(reason)} It is started again; try again in ${delayMs / 1000} s.`,
      { cause: reason },
    );
    timer = clock.setTimeout(() => void startAgain(), delayMs);
    delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
  }

  async function startAgain(): Promise<void> {
    try {
      const next = (current = start());
      next.unref();
      const opened = await next.opened;
      if (opened.id !== id) throw new Error(`The model's files have changed: its id was ${id}, and is ${opened.id}.`);
      watch(next);
      failure = undefined;
      restarts++;
    } catch (error) {
      // Where none could be started, the one that has ended.
      await current.stop(closedError());
      startLater(error);
    }
  }

  return {
    async encode(texts, options) {
      if (failure) throw failure;
      return current.encode(texts, options);
    },
    condition: () => ({ ...(failure && { failure: failure.message }), ...(restarts > 0 && { restarts }) }),
    async close() {
      isClosed = true;
      clock.clearTimeout(timer);
      await (failure ? current.stop(closedError()) : current.close());
    },
  };
}
