/** Runs on a thread of its own: reads labelled texts, however many, while the page stays free. */

import { readSamples, type Sample } from './read-samples.ts';

export type ReadAnswer = { readonly samples: readonly Sample[] } | { readonly message: string };

/** What is used of a worker's global scope. */
interface Scope {
  postMessage(answer: ReadAnswer): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<string>) => void): void;
}

const scope = globalThis as unknown as Scope;

scope.addEventListener('message', ({ data }) => {
  try {
    scope.postMessage({ samples: readSamples(data) });
  } catch (error) {
    scope.postMessage({ message: error instanceof Error ? error.message : String(error) });
  }
});
