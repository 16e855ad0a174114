/** Owns the line over the panels that says what is saved and where, and the button that undoes. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { byId, setText } from '../dom.ts';
import type { Edits } from '../edits.ts';
import { formatCount } from '../format.ts';

export interface SavedView {
  readonly showRoutes: (routes: readonly RouteSnapshot[], isKept: boolean) => void;
}

export function createSavedView(edits: Edits, onUndo: () => void): SavedView {
  const line = byId('saved', HTMLElement);
  const count = byId('saved-count', HTMLElement);
  const undo = byId('undo', HTMLButtonElement);
  const undoLabel = byId('undo-label', HTMLElement);
  let isKept: boolean | undefined;

  function show(): void {
    const states = edits.records().map(({ state }) => state);
    const saving = states.filter((state) => state === 'saving' || state === 'making').length;
    line.dataset['state'] = saving > 0 ? 'saving' : states[0] === 'not-saved' ? 'not-saved' : 'saved';
    setText(line, isKept === undefined ? '' : describe(saving, states[0] === 'not-saved', isKept));
    const label = edits.undoable();
    undo.hidden = label === undefined;
    setText(undoLabel, label ?? '');
  }

  undo.addEventListener('click', onUndo);
  edits.listen(show);
  return {
    showRoutes(routes, kept) {
      isKept = kept;
      const sentences = routes.reduce((sum, { utterances }) => sum + utterances.length, 0);
      setText(count, `${formatCount(routes.length, 'route')}, ${formatCount(sentences, 'sentence')}`);
      show();
    },
  };
}

function describe(saving: number, hasFailed: boolean, isKept: boolean): string {
  if (saving > 0) return `Saving ${formatCount(saving, 'edit')}`;
  if (hasFailed) return 'The last edit was not made';
  return isKept ? 'Saved on this device' : 'In this tab only';
}
