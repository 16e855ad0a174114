/** Owns the strip that tells where the time of an answer went. */

import type { Answer } from '../asker.ts';
import { byId, element, setText } from '../dom.ts';
import { formatMs } from '../format.ts';
import { createUnhurried } from '../pace.ts';

export interface TimeView {
  /** `undefined`: there is nothing to tell. */
  readonly show: (answer: Answer | undefined) => void;
}

interface Share {
  readonly id: string;
  readonly label: string;
  readonly read: (answer: Answer) => number;
}

const SHARES: readonly Share[] = [
  { id: 'wait', label: 'Waiting', read: ({ explanation }) => explanation.timings.waitMs },
  { id: 'encode', label: 'Encoding', read: ({ explanation }) => explanation.timings.encodeMs },
  { id: 'search', label: 'Search', read: ({ explanation }) => explanation.timings.searchMs },
  { id: 'decide', label: 'Decision', read: ({ explanation }) => explanation.timings.decideMs },
  {
    id: 'way',
    label: 'Explaining, to the worker and back',
    read: ({ elapsedMs, explanation: { timings } }) =>
      Math.max(0, elapsedMs - timings.waitMs - timings.encodeMs - timings.searchMs - timings.decideMs),
  },
];

export function createTimeView(): TimeView {
  const root = byId('time', HTMLElement);
  const total = byId('elapsed', HTMLElement);
  const bar = byId('time-bar', HTMLElement);
  const legend = byId('time-legend', HTMLElement);
  const cells = SHARES.map(({ id, label, read }) => {
    const slice = element('span', { class: `time__slice time__slice--${id}` });
    const value = element('dd', { class: 'time__value', attributes: { 'data-testid': `time-${id}` } });
    const term = element('dt', { class: `time__label time__label--${id}`, text: label });
    bar.append(slice);
    legend.append(element('div', { class: 'time__share', children: [term, value] }));
    return { slice, value, read };
  });

  const tell = createUnhurried((answer: Answer) => {
    setText(total, formatMs(answer.elapsedMs));
    for (const { slice, value, read } of cells) {
      const spentMs = read(answer);
      slice.style.setProperty('flex-grow', String(spentMs));
      setText(value, formatMs(spentMs));
    }
  });

  function show(answer: Answer | undefined): void {
    root.hidden = answer === undefined;
    if (answer) tell(answer);
  }

  show(undefined);
  return { show };
}
