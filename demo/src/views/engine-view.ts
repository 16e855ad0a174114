/** Owns the small line in the masthead that says whether the router runs. */

import { byId, setText } from '../dom.ts';
import type { EngineState } from '../engine.ts';

export interface EngineView {
  readonly show: (state: EngineState) => void;
}

export function createEngineView(): EngineView {
  const line = byId('engine', HTMLElement);
  return {
    show(state) {
      line.dataset['state'] = state.phase;
      setText(line, describe(state));
    },
  };
}

function describe(state: EngineState): string {
  switch (state.phase) {
    case 'ready':
      return 'Ready';
    case 'failed':
      return 'Out of service';
    case 'loading': {
      const { loadedBytes, totalBytes } = state.progress ?? { loadedBytes: 0, totalBytes: undefined };
      return totalBytes === undefined ? 'Loading' : `Loading, ${Math.floor((100 * loadedBytes) / totalBytes)} %`;
    }
  }
}
