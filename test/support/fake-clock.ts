/** A clock that stands still until a test moves it, so that no test sleeps. */

import type { Clock } from 'synaptoroute';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export interface FakeClock extends Clock {
  /** Runs what `soon` was given so far, and what that gives it in turn. */
  runSoon(): void;
  /** Moves time forward, firing timers at their times, each followed by what it asked to run soon. */
  advance(ms: number): void;
  /** Moves time without firing anything: what a busy thread sees. */
  jump(ms: number): void;
  /** Timers that are set now. */
  readonly timers: number;
  /** Callbacks that wait to run soon. */
  readonly sooner: number;
}

export function createFakeClock(): FakeClock {
  const timers = new Map<number, Timer>();
  let soons: (() => void)[] = [];
  let time = 0;
  let lastHandle = 0;

  function runSoon(): void {
    while (soons.length > 0) {
      const callbacks = soons;
      soons = [];
      for (const callback of callbacks) callback();
    }
  }

  function nextTimer(until: number): readonly [number, Timer] | undefined {
    const due = [...timers].filter(([, { at }]) => at <= until);
    return due.toSorted(([, a], [, b]) => a.at - b.at)[0];
  }

  return {
    now: () => time,
    setTimeout(callback, delayMs) {
      timers.set(++lastHandle, { at: time + delayMs, callback });
      return lastHandle;
    },
    clearTimeout(handle) {
      timers.delete(handle as number);
    },
    soon(callback) {
      soons.push(callback);
    },
    runSoon,
    advance(ms) {
      const until = time + ms;
      for (let next = nextTimer(until); next; next = nextTimer(until)) {
        const [handle, { at, callback }] = next;
        timers.delete(handle);
        time = Math.max(time, at);
        callback();
        runSoon();
      }
      time = until;
    },
    jump(ms) {
      time += ms;
    },
    get timers() {
      return timers.size;
    },
    get sooner() {
      return soons.length;
    },
  };
}
