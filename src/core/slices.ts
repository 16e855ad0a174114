/** Owns long work on this thread: done in slices, so that what waits goes between two of them and a signal can end it. */

import { abortError } from './errors.ts';
import type { AbortSignalLike, Clock } from './types.ts';

/** Milliseconds of work, after which what waits goes first. */
const SLICE_MS = 10;

export interface Slicing {
  readonly clock: Clock;
  readonly signal?: AbortSignalLike | undefined;
  /** Awaited before each call of `act`. */
  readonly ready?: (signal?: AbortSignalLike) => Promise<void> | undefined;
}

/**
 * Calls `act` with `count` items at a time, in order, until all are done. Rejects with `ABORTED`, `TIMEOUT`, or what `act`
 * throws.
 */
export async function inSlices<T>(
  items: readonly T[],
  count: number,
  { clock, signal, ready }: Slicing,
  act: (some: readonly T[]) => void,
): Promise<void> {
  let sliceEnd = clock.now() + SLICE_MS;
  for (let first = 0; first < items.length; first += count) {
    if (signal?.aborted) throw abortError(signal);
    const readying = ready?.(signal);
    if (readying) {
      await readying;
      sliceEnd = clock.now() + SLICE_MS;
    }
    act(items.slice(first, first + count));
    if (clock.now() < sliceEnd) continue;
    await letOthersGo(clock);
    sliceEnd = clock.now() + SLICE_MS;
  }
  if (signal?.aborted) throw abortError(signal);
}

const lastToGo = new WeakMap<Clock, Promise<void>>();

/** Only one slice in each turn of the event loop: many callers' slices hold it no longer than one's. */
function letOthersGo(clock: Clock): Promise<void> {
  const turn = (lastToGo.get(clock) ?? Promise.resolve()).then(
    () => new Promise<void>((resolve) => clock.soon(resolve)),
  );
  lastToGo.set(clock, turn);
  return turn;
}
