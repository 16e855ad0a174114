/** Makes ready what decisions need, in slices between which other work goes on; all who wait share one preparation. */

import { unlessAborted } from './abort-listeners.ts';
import type { AbortSignalLike, Clock } from './types.ts';

/** Milliseconds of work, after which what waits goes first. */
const SLICE_MS = 10;

export interface PreparationParts {
  readonly clock: Clock;
  readonly isReady: () => boolean;
  /** Steps of a few milliseconds at most, until `isReady`. */
  readonly steps: () => Iterator<undefined, void>;
}

interface Running {
  readonly done: Promise<void>;
  /** Whether somebody waits for it, or it is made in spare time. */
  isWanted: boolean;
}

export class Preparation {
  readonly #parts: PreparationParts;
  #running: Running | undefined;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  /**
   * To be awaited before a decision, which must follow without a turn between; `undefined` where all is ready. What
   * little there is to do is done at once.
   */
  ready(signal?: AbortSignalLike): Promise<void> | undefined {
    if (this.#parts.isReady()) return undefined;
    if (!this.#running) {
      const steps = this.#parts.steps();
      if (this.#slice(steps)) return undefined;
      this.#running = this.#goThrough(steps);
    }
    this.#running.isWanted = true;
    return unlessAborted(this.#running.done, signal);
  }

  /** Works in spare time. What fails is left to the first who waits. */
  begin(): void {
    this.#running ??= this.#goThrough(this.#parts.steps());
  }

  /**
   * To be awaited before a change; `undefined` where it may be made at once. A preparation in spare time is given up. One
   * that somebody waits for comes first, as it would have to begin again: a writer that never rests would starve queries.
   */
  settled(signal?: AbortSignalLike): Promise<void> | undefined {
    if (this.#running?.isWanted) return unlessAborted(this.#wait(), signal);
    this.#running = undefined;
    return undefined;
  }

  async #wait(): Promise<void> {
    while (this.#running?.isWanted) {
      await this.#running.done.catch(ignore);
      // Those who waited for it go first.
      await new Promise<void>((resolve) => this.#parts.clock.soon(resolve));
    }
  }

  #goThrough(steps: Iterator<undefined, void>): Running {
    let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
    const done = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    done.catch(ignore);
    const running: Running = { done, isWanted: false };
    const goOn = (): void =>
      this.#parts.clock.soon(() => {
        if (this.#running !== running) return;
        try {
          if (!this.#slice(steps)) return goOn();
          settle?.resolve();
        } catch (error) {
          settle?.reject(error);
        }
        this.#running = undefined;
      });
    goOn();
    return running;
  }

  /** Returns whether there is nothing more to do. */
  #slice(steps: Iterator<undefined, void>): boolean {
    const { clock } = this.#parts;
    const end = clock.now() + SLICE_MS;
    do if (steps.next().done) return true;
    while (clock.now() < end);
    return false;
  }
}

function ignore(): void {
  // Who waits for it has its rejection.
}
