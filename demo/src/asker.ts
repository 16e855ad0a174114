/** Owns which query counts: the latest alone. Knows neither where texts come from nor how answers look. */

import type { Decision, Explanation, Router } from 'synaptoroute/browser';

/** Candidates that are taken apart; the rest of the decision's has its scores. */
const EXPLAINED_CANDIDATES = 8;

export interface Answer {
  readonly text: string;
  readonly decision: Decision;
  readonly explanation: Explanation;
  /** From the call to its answer, the way to the worker and back included. */
  readonly elapsedMs: number;
}

export interface AskerOptions {
  readonly onAnswer: (answer: Answer) => void;
  readonly onError: (error: unknown) => void;
}

export interface Asker {
  /** Asks, and forgets every query before. */
  readonly ask: (router: Router, text: string) => Promise<void>;
  /** Forgets the query that is under way. */
  readonly forget: () => void;
}

export function createAsker({ onAnswer, onError }: AskerOptions): Asker {
  let latest: AbortController | undefined;

  function forget(): void {
    latest?.abort();
    latest = undefined;
  }

  async function ask(router: Router, text: string): Promise<void> {
    forget();
    const own = new AbortController();
    latest = own;
    const startedAt = performance.now();
    try {
      const explanation = await router.explain(text, { signal: own.signal, candidates: EXPLAINED_CANDIDATES });
      const elapsedMs = performance.now() - startedAt;
      // Its answer may have been on its way already when it was aborted.
      if (latest === own) onAnswer({ text, decision: explanation.decision, explanation, elapsedMs });
    } catch (error) {
      if (latest === own) onError(error);
    }
  }

  return { ask, forget };
}
