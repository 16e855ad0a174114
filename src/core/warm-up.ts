/** Owns the spare time after an opening: what the first decision needs is made ready meanwhile. */

import type { Decider } from './decider.ts';
import type { Clock } from './types.ts';

/** Milliseconds of work, after which what waits goes first. */
const SLICE_MS = 10;
/** Less than a millisecond's worth. */
const TEXTS_AT_ONCE = 32;

/** Works until all is ready or `isOver` says so; what is asked meanwhile is answered, and makes the rest ready itself. */
export function warmUp(decider: Decider, clock: Clock, isOver: () => boolean): void {
  const steps = decider.prepare(TEXTS_AT_ONCE);
  const workOn = (): void => {
    if (!isOver() && !goThrough(steps, clock)) clock.soon(workOn);
  };
  clock.soon(workOn);
}

/** Takes a slice's worth of steps; returns whether there is nothing more to do. */
function goThrough(steps: Iterator<undefined, void>, clock: Clock): boolean {
  const end = clock.now() + SLICE_MS;
  try {
    while (clock.now() < end) if (steps.next().done) return true;
    return false;
  } catch {
    // Nobody waits for it here: the first query meets it again, and says so.
    return true;
  }
}
