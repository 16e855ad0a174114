/** Owns the one router of this worker and who uses it: the own page, and the pages of other tabs. */

import type { LoadProgress, ModelRouter } from '../../core/types.ts';
import { createView } from './view.ts';

export interface SharedRouter {
  /** A view of the router, once it is open; rejects with what opening rejected with. */
  view(onProgress: (progress: LoadProgress) => void): Promise<ModelRouter>;
  /** Answers what waits, makes it durable, and closes the router. */
  close(): Promise<void>;
}

export function shareRouter(
  open: (onProgress: (progress: LoadProgress) => void) => Promise<ModelRouter>,
): SharedRouter {
  const listeners = new Set<(progress: LoadProgress) => void>();
  const opening = open((progress) => {
    for (const listener of listeners) listener(progress);
  });
  // Whoever asks for a view hears of it.
  opening.catch(() => undefined);
  return {
    async view(onProgress) {
      listeners.add(onProgress);
      try {
        return createView(await opening);
      } finally {
        listeners.delete(onProgress);
      }
    },
    async close() {
      const router = await opening.catch(() => undefined);
      await router?.close({ pending: 'drain' });
    },
  };
}
