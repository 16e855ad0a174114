/** Owns the heat map of what was taken for what, and the mistakes in words. Of many routes, only those that were confused. */

import type { Evaluation } from 'synaptoroute/browser';
import { element } from '../dom.ts';
import { formatCount } from '../format.ts';
import { NONE } from './results.ts';

/** Up to so many routes are all shown; of more, so many of the most confused. */
const MAX_SHOWN = 16;
const MAX_MISTAKES = 8;
/** Shares of a row from which on a cell is hotter. */
const HEATS: readonly number[] = [0, 0.05, 0.2, 0.5];

export interface Matrix {
  /** Routes, and `null` for none, in rows (expected) and columns (got) alike. */
  readonly names: readonly (string | null)[];
  /** `counts[expected][got]`. */
  readonly counts: readonly (readonly number[])[];
  /** Samples of each row, also those in columns that are not shown. */
  readonly totals: readonly number[];
  readonly leftOut: number;
}

export function matrixOf({ routes, confusions, outOfScope }: Evaluation): Matrix {
  const mistakes = new Map<string | null, number>();
  for (const { expected, got, samples } of confusions) {
    mistakes.set(expected, (mistakes.get(expected) ?? 0) + samples);
    mistakes.set(got, (mistakes.get(got) ?? 0) + samples);
  }
  const seen = routes.filter(({ samples, answered }) => samples + answered > 0).map(({ route }) => route);
  const hasNone = outOfScope !== undefined || mistakes.has(null);
  // None first: most mistakes lie there, and of a wide map the beginning is seen.
  const all: readonly (string | null)[] = hasNone ? [null, ...seen] : seen;
  const confused = all
    .filter((name) => mistakes.has(name))
    .toSorted((a, b) => (mistakes.get(b) ?? 0) - (mistakes.get(a) ?? 0))
    .slice(0, MAX_SHOWN);
  const names = all.length <= MAX_SHOWN ? all : all.filter((name) => confused.includes(name));
  const positions = new Map(names.map((name, i) => [name, i]));
  const counts = names.map(() => names.map(() => 0));
  for (const { expected, got, samples } of confusions) {
    const row = counts[positions.get(expected) ?? -1];
    const column = positions.get(got);
    if (row && column !== undefined) row[column] = samples;
  }
  const totals = names.map((name, i) => {
    const report = routes.find(({ route }) => route === name);
    const right = report ? report.right : Math.round((outOfScope?.samples ?? 0) * (outOfScope?.recall ?? 0));
    (counts[i] as number[])[i] = right;
    return report ? report.samples : (outOfScope?.samples ?? 0);
  });
  return { names, counts, totals, leftOut: all.length - names.length };
}

export function createConfusionView(evaluation: Evaluation): HTMLElement {
  const matrix = matrixOf(evaluation);
  const { names, counts, totals, leftOut } = matrix;
  const head = element('tr', {
    children: [
      element('td', { class: 'heat__corner', text: 'is ↓, got →' }),
      ...names.map((name) =>
        element('th', {
          class: 'heat__column',
          attributes: { scope: 'col' },
          children: [element('span', { text: name ?? NONE })],
        }),
      ),
    ],
  });
  const rows = names.map((name, row) =>
    element('tr', {
      children: [
        element('th', { text: name ?? NONE, attributes: { scope: 'row' } }),
        ...names.map((_, column) =>
          createCell(counts[row]?.[column] ?? 0, totals[row] ?? 0, row === column ? 'right' : 'wrong'),
        ),
      ],
    }),
  );
  const note = `Rows: what samples are. Columns: what they got. The diagonal is right; the yellower a cell, the more of its row went wrong there.${leftOut > 0 ? ` ${formatCount(leftOut, 'route')} without or with few mistakes are left out.` : ''}`;
  return element('div', {
    class: 'result',
    children: [
      element('h3', { text: 'What was taken for what', attributes: { id: 'confusion-title' } }),
      element('p', { class: 'result__note', text: note }),
      names.length === 0
        ? element('p', { text: 'No sample was taken for anything else.' })
        : element('div', {
            class: 'scroll',
            attributes: { tabindex: '0', role: 'region', 'aria-labelledby': 'confusion-title' },
            children: [
              element('table', {
                class: 'heat',
                attributes: { 'data-testid': 'confusion' },
                children: [element('thead', { children: [head] }), element('tbody', { children: rows })],
              }),
            ],
          }),
    ],
  });
}

function createCell(count: number, total: number, kind: 'right' | 'wrong'): HTMLElement {
  const share = total === 0 ? 0 : count / total;
  const heat = count === 0 ? 0 : HEATS.filter((from) => share > from).length;
  return element('td', {
    class: 'heat__cell',
    text: count === 0 ? '·' : String(count),
    attributes: kind === 'right' ? { 'data-kind': 'right' } : { 'data-heat': String(heat) },
  });
}

/** The same in words, with the texts that went wrong. */
export function createMistakes({ confusions }: Evaluation): HTMLElement {
  return element('section', {
    class: 'result',
    attributes: { 'aria-labelledby': 'mistakes-title' },
    children: [
      element('h3', { text: 'Most frequent mistakes', attributes: { id: 'mistakes-title' } }),
      confusions.length === 0
        ? element('p', { class: 'result__note', text: 'None: every sample got what is right for it.' })
        : createMistakeList(confusions),
    ],
  });
}

function createMistakeList(confusions: Evaluation['confusions']): HTMLElement {
  return element('ul', {
    class: 'mistakes',
    attributes: { 'data-testid': 'mistakes', 'aria-labelledby': 'mistakes-title' },
    children: confusions.slice(0, MAX_MISTAKES).map(({ expected, got, samples, texts }) =>
      element('li', {
        class: 'mistake',
        children: [
          element('strong', { text: `${expected ?? NONE} → ${got ?? NONE}` }),
          element('span', { class: 'mistake__count', text: formatCount(samples, 'sample') }),
          element('span', { class: 'mistake__texts', text: texts.map((text) => `“${text}”`).join(' ') }),
        ],
      }),
    ),
  });
}
