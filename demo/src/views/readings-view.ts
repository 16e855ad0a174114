/** Owns the row of numbers under the sign: score, threshold, margin, confidence. */

import type { Answer } from '../asker.ts';
import { byId, element, setData, setText } from '../dom.ts';
import { formatPercent, formatScore, formatThreshold } from '../format.ts';

export interface ReadingsView {
  /** `undefined`: there is nothing to read. */
  readonly show: (answer: Answer | undefined) => void;
}

const NOTHING = '–';

interface Reading {
  readonly id: string;
  readonly label: string;
  readonly explanation: string;
  readonly read: (answer: Answer) => string;
}

const READINGS: readonly Reading[] = [
  {
    id: 'score',
    label: 'Score',
    explanation: 'Likeness by meaning and words; 1 is the same',
    read: ({ decision }) => (decision.score === null ? NOTHING : formatScore(decision.score)),
  },
  {
    id: 'threshold',
    label: 'Threshold',
    explanation: 'The least score that counts',
    read: ({ decision }) => (decision.threshold === null ? NOTHING : formatThreshold(decision.threshold)),
  },
  {
    id: 'margin',
    label: 'Margin',
    explanation: 'Lead over the next route',
    read: ({ decision }) => (decision.margin === null ? NOTHING : formatScore(decision.margin)),
  },
  {
    id: 'confidence',
    label: 'Confidence',
    explanation: 'That the nearest route is right, if any is',
    read: ({ decision }) => (decision.confidence === null ? NOTHING : formatPercent(decision.confidence)),
  },
];

export function createReadingsView(): ReadingsView {
  const list = byId('readings', HTMLElement);
  const cells = READINGS.map(({ id, label, explanation, read }) => {
    const value = element('dd', { class: 'reading__value', text: NOTHING, attributes: { 'data-testid': id } });
    const note = element('dd', { class: 'reading__note', text: explanation });
    const term = element('dt', { class: 'reading__label', text: label });
    list.append(element('div', { class: 'reading', children: [term, value, note] }));
    return { value, read };
  });

  function show(answer: Answer | undefined): void {
    setData(list, 'state', answer ? 'shown' : 'idle');
    for (const { value, read } of cells) setText(value, answer ? read(answer) : NOTHING);
  }

  show(undefined);
  return { show };
}
