/** Owns what a route's score is made of, in numbers and sentences; computed when it is opened. */

import type { ExplainedCandidate, NearText, ScorePart } from 'synaptoroute/browser';
import { element } from '../dom.ts';
import { formatScore } from '../format.ts';

export interface ScoreDetail {
  readonly root: HTMLDetailsElement;
  /** `undefined`: too far off to be explained. */
  readonly show: (candidate: ExplainedCandidate | undefined) => void;
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

export function createScoreDetail(route: string): ScoreDetail {
  const body = element('div', { class: 'detail__body' });
  const summary = element('summary', {
    class: 'detail__summary',
    children: [document.createTextNode('Why'), element('span', { class: 'unseen', text: ` ${route} stands there` })],
  });
  const root = element('details', { class: 'detail', children: [summary, body] });
  let latest: ExplainedCandidate | undefined;

  function render(): void {
    if (root.open && latest) body.replaceChildren(...describe(latest));
  }

  root.addEventListener('toggle', render);
  return {
    root,
    show(candidate) {
      latest = candidate;
      root.hidden = candidate === undefined;
      render();
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
