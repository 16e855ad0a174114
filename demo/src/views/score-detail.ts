/** Owns what a route's score is made of, in numbers and sentences; computed when it is opened. */

import type { ExplainedCandidate, NearText, ScorePart } from 'synaptoroute/browser';
import { element, setText } from '../dom.ts';
import { formatScore } from '../format.ts';

export interface ScoreDetail {
  readonly root: HTMLDetailsElement;
  /** `undefined`: too far off to be explained. */
  readonly show: (route: string, candidate: ExplainedCandidate | undefined) => void;
}

const SHOWN_WORDS = 5;

const PARTS: Readonly<Record<ScorePart['part'], string>> = {
  best: 'nearest sentence, by meaning',
  centroid: 'all its sentences, by meaning',
  lexicalBest: 'nearest sentence, by words',
  lexicalCentroid: 'all its sentences, by words',
};

const ORIGINS: Readonly<Record<ExplainedCandidate['thresholdFrom'], string>> = {
  route: 'set by hand',
  calibration: 'learnt from the sentences of all routes',
  fit: 'set by the fit',
  encoder: 'the model’s default',
};

/** @param opened the routes whose details are open, in whichever row they stand */
export function createScoreDetail(opened: Set<string>): ScoreDetail {
  const body = element('div', { class: 'detail__body' });
  const whose = element('span', { class: 'unseen' });
  const summary = element('summary', {
    class: 'detail__summary',
    children: [document.createTextNode('Why'), whose],
  });
  const root = element('details', { class: 'detail', children: [summary, body] });
  let shown = '';
  let latest: ExplainedCandidate | undefined;

  function render(): void {
    body.replaceChildren(...(root.open && latest ? describe(latest) : []));
  }

  root.addEventListener('toggle', () => {
    if (root.open) opened.add(shown);
    else opened.delete(shown);
    render();
  });
  return {
    root,
    show(route, candidate) {
      latest = candidate;
      root.hidden = candidate === undefined;
      if (route !== shown) {
        shown = route;
        setText(whose, ` ${route} stands there`);
        root.open = opened.has(route);
      }
      if (root.open || body.hasChildNodes()) render();
    },
  };
}

function describe(candidate: ExplainedCandidate): readonly Node[] {
  const { parts, score, threshold, thresholdFrom, preference, nearest, nearestNegative, words } = candidate;
  return [
    table(
      'What the score is made of',
      ['Likeness', 'Value', 'Share', 'Adds'],
      [
        ...parts.map(({ part, value, weight }) => [
          PARTS[part],
          formatScore(value),
          `${Math.round(weight * 100)} %`,
          formatScore(value * weight),
        ]),
        ['Score', '', '', formatScore(score)],
      ],
    ),
    line(`Threshold ${formatScore(threshold)}, ${ORIGINS[thresholdFrom]}.`),
    ...(preference === undefined ? [] : [line(`The fitted head gives it ${formatScore(preference)}.`)]),
    table('Nearest sentences', ['Sentence', 'Meaning', 'Words'], nearest.map(toCells)),
    ...(nearestNegative
      ? [table('Nearest negative', ['Sentence', 'Meaning', 'Words'], [toCells(nearestNegative)])]
      : []),
    ...(words.length > 0
      ? [
          line(
            `Shared words: ${words
              .slice(0, SHOWN_WORDS)
              .map(({ word, weight }) => `${word} ${weight.toFixed(2)}`)
              .join(', ')}.`,
          ),
        ]
      : []),
  ];
}

function toCells({ text, dense, lexical }: NearText): readonly string[] {
  return [text, formatScore(dense), formatScore(lexical)];
}

function line(text: string): HTMLElement {
  return element('p', { class: 'detail__line', text });
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const head = element('tr', {
    children: heads.map((text) => element('th', { text, attributes: { scope: 'col' } })),
  });
  const body = rows.map((cells) =>
    element('tr', {
      children: cells.map((text, i) =>
        i === 0 ? element('th', { text, attributes: { scope: 'row' } }) : element('td', { text }),
      ),
    }),
  );
  return element('table', {
    class: 'sums',
    children: [
      element('caption', { text: caption }),
      element('thead', { children: [head] }),
      element('tbody', { children: body }),
    ],
  });
}
