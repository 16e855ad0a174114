/** Owns what may wait while someone types: what no eye follows from key to key. */

import type { Answer } from './asker.ts';

/** Who types leaves less time between two keys. */
const PAUSE_MS = 250;

/**
 * Returns how to have answers shown: at once after a pause, or where the sentence is the one before and its routes
 * changed; the last one alone, when typing pauses, where one sentence follows upon another.
 */
export function createUnhurried<T extends Answer | undefined>(show: (answer: T) => void): (answer: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let text: string | undefined;
  let typedAt = -Infinity;
  return (answer) => {
    clearTimeout(timer);
    const now = performance.now();
    const isTyped = answer?.text !== text;
    const isHurried = isTyped && now - typedAt < PAUSE_MS;
    if (isTyped) typedAt = now;
    text = answer?.text;
    if (isHurried) timer = setTimeout(() => show(answer), PAUSE_MS);
    else show(answer);
  };
}
