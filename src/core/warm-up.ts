/** Owns the spare time after an opening: what the first decision needs is made ready meanwhile. */

import type { Decider } from './decider.ts';
import type { Clock } from './types.ts';

/** Milliseconds of work, after which what waits goes first. */
const SLICE_MS = 10;
/** Less than a millisecond's worth. */
const TEXTS_AT_ONCE = 32;

/** Works until all is ready or `isOver` says so; what is asked meanwhile is answered, and makes the rest ready itself. */
export function warmUp(decider: Decider, clock: Clock, isOver: () => boolean): void {
  clock.soon(() => {
    if (!isOver() && !workOn(decider, clock)) warmUp(decider, clock, isOver);
  });
}

/** Returns whether there is nothing more to do. */
function workOn(decider: Decider, clock: Clock): boolean {
  const end = clock.now() + SLICE_MS;
  try {
    while (clock.now() < end) if (decider.prepare(TEXTS_AT_ONCE)) return true;
    return false;
  } catch {
    // Nobody waits for it here: the first query meets it again, and says so.
    return true;
  }
}
