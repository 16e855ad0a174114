/** Owns the figures of an evaluation, each with what it means, and side by side where a fit is compared. */

import type { Evaluation } from 'synaptoroute/browser';
import { element } from '../dom.ts';
import { formatShare, type Results } from './results.ts';

interface Figure {
  readonly id: string;
  readonly label: string;
  readonly meaning: string;
  readonly read: (evaluation: Evaluation) => number | undefined;
  /** Which way is better. */
  readonly better: 'more' | 'less';
}

const FIGURES: readonly Figure[] = [
  {
    id: 'accuracy',
    label: 'Accuracy',
    meaning: 'Samples that got what is right for them: their route, or none',
    read: ({ accuracy }) => accuracy,
    better: 'more',
  },
  {
    id: 'in-scope',
    label: 'Routes found',
    meaning: 'Samples of a route that got it',
    read: ({ inScope }) => inScope?.accuracy,
    better: 'more',
  },
  {
    id: 'best',
    label: 'Nearest is right',
    meaning: 'The same, if there were no thresholds',
    read: ({ inScope }) => inScope?.bestAccuracy,
    better: 'more',
  },
  {
    id: 'out-of-scope',
    label: 'No route, rightly',
    meaning: 'Samples of no route that got none',
    read: ({ outOfScope }) => outOfScope?.recall,
    better: 'more',
  },
  {
    id: 'auroc',
    label: 'Told apart (AUROC)',
    meaning: 'How often a sample of a route scores higher than one of none',
    read: ({ outOfScope }) => outOfScope?.auroc,
    better: 'more',
  },
  {
    id: 'macro-f1',
    label: 'Macro F1',
    meaning: 'Precision and recall in one, each route counted alike',
    read: ({ macroF1 }) => macroF1,
    better: 'more',
  },
  {
    id: 'calibration',
    label: 'Confidence is off by',
    meaning: 'Mean distance of confidence from the share that is right',
    read: ({ inScope }) => inScope?.calibrationError,
    better: 'less',
  },
];

export function createFigures(results: Results): HTMLElement {
  return element('dl', {
    class: 'figures',
    attributes: { 'data-testid': 'figures' },
    children: FIGURES.map((figure) => createFigure(figure, results)),
  });
}

function createFigure({ id, label, meaning, read, better }: Figure, { plain, fitted }: Results): HTMLElement {
  const [before, after] = [plain && read(plain), fitted && read(fitted)];
  const values = [
    ...(plain ? [valueOf(before, fitted ? 'without fit' : undefined, `figure-${id}`)] : []),
    ...(fitted ? [valueOf(after, 'with fit', `figure-${id}-fitted`)] : []),
  ];
  if (before !== undefined && after !== undefined) values.push(changeOf(after - before, better));
  return element('div', {
    class: 'figure',
    children: [
      element('dt', { class: 'figure__label', text: label }),
      ...values,
      element('dd', { class: 'figure__meaning', text: meaning }),
    ],
  });
}

function valueOf(value: number | undefined, note: string | undefined, testId: string): HTMLElement {
  return element('dd', {
    class: 'figure__value',
    children: [
      element('span', { text: formatShare(value), attributes: { 'data-testid': testId } }),
      ...(note === undefined ? [] : [element('small', { text: note })]),
    ],
  });
}

function changeOf(change: number, better: 'more' | 'less'): HTMLElement {
  const points = Math.abs(change * 100);
  if (points < 0.05) return element('dd', { class: 'figure__change', text: 'the same' });
  const isBetter = change > 0 === (better === 'more');
  return element('dd', {
    class: 'figure__change',
    text: `${change > 0 ? '+' : '−'}${points.toFixed(1)} points, ${isBetter ? 'better' : 'worse'}`,
    attributes: { 'data-better': String(isBetter) },
  });
}
