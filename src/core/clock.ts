/** Owns the default clock, made of the one timer that every platform has. */

import type { Clock } from './types.ts';

declare const setTimeout: (callback: () => void, delayMs: number) => unknown;
declare const clearTimeout: (handle: unknown) => void;
declare const performance: { now(): number };

/**
 * A clock on the platform's timers.
 * @param soon the platform's quickest way to run something after the events that already wait;
 *   default a timer of 0 ms, which browsers and Node round up to about 1 ms.
 */
export function createClock(soon?: (callback: () => void) => void): Clock {
  return {
    now: () => performance.now(),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimeout: (handle) => clearTimeout(handle),
    soon: soon ?? ((callback) => void setTimeout(callback, 0)),
  };
}
