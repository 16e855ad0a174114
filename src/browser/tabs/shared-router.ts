/** Owns the one router of this worker and who uses it: the own page, and the pages of other tabs. */

import type { ModelRouter } from '../../core/types.ts';
import type { OpenListeners } from '../../rpc/server.ts';
import { createView } from './view.ts';

export interface SharedRouter {
  /** A view of the router, once it is open; rejects with what opening rejected with. */
  view(listener: OpenListeners): Promise<ModelRouter>;
  /** Closes the router; `drain` answers what waits, and makes it durable. */
  close(pending: 'reject' | 'drain'): Promise<void>;
}

export function shareRouter(open: (listener: OpenListeners) => Promise<ModelRouter>): SharedRouter {
  const listeners = new Set<OpenListeners>();
  const opening = open({
    onProgress(progress) {
      for (const listener of listeners) listener.onProgress(progress);
    },
    onReencode(progress) {
      for (const listener of listeners) listener.onReencode(progress);
    },
  });
  // Whoever asks for a view hears of it.
  opening.catch(() => undefined);
  return {
    async view(listener) {
      listeners.add(listener);
      try {
        return createView(await opening);
      } finally {
        listeners.delete(listener);
      }
    },
    async close(pending) {
      const router = await opening.catch(() => undefined);
      await router?.close({ pending });
    },
  };
}
