/** Owns the list of edits, each with whether it is on disk and how long that took. */

import { element } from '../dom.ts';
import type { EditRecord } from '../edits.ts';
import { formatMs } from '../format.ts';

export interface EditLog {
  readonly root: HTMLElement;
  readonly show: (records: readonly EditRecord[], isKept: boolean) => void;
}

const STATES: Readonly<Record<EditRecord['state'], string>> = {
  making: 'being made',
  saving: 'unsaved',
  saved: 'saved',
  'not-saved': 'not made',
};

export function createEditLog(): EditLog {
  const list = element('ol', { class: 'log', attributes: { 'data-testid': 'edit-log' } });
  const root = element('section', {
    attributes: { 'aria-labelledby': 'log-title' },
    children: [
      element('header', {
        class: 'section-head',
        children: [
          element('h3', { class: 'section-title', text: 'Edits of this visit', attributes: { id: 'log-title' } }),
        ],
      }),
      list,
    ],
  });
  return {
    root,
    show(records, isKept) {
      const items = records.map((record) => createItem(record, isKept));
      const none = element('li', { class: 'log__item', text: 'None yet. Change a route, and see when it is on disk.' });
      list.replaceChildren(...(items.length > 0 ? items : [none]));
    },
  };
}

function createItem({ label, state, madeMs, savedMs, problem }: EditRecord, isKept: boolean): HTMLElement {
  const times = [
    ...(madeMs === undefined ? [] : [`in memory after ${formatMs(madeMs)}`]),
    ...(savedMs === undefined || !isKept ? [] : [`on disk after ${formatMs(savedMs)}`]),
    ...(problem === undefined ? [] : [problem]),
  ];
  const word = state === 'saved' && !isKept ? 'in this tab only' : STATES[state];
  return element('li', {
    class: 'log__item',
    attributes: { 'data-state': state },
    children: [
      element('span', { class: 'log__label', text: label }),
      element('span', { class: 'log__state', text: word }),
      element('span', { class: 'log__times', text: times.join(', ') }),
    ],
  });
}
