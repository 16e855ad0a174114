/** Owns an explanation in words. Pure. */

import type { ExplainedCandidate, Explanation, WhatIf } from './types.ts';

const SHOWN_WORDS = 4;
const ORIGINS: Readonly<Record<ExplainedCandidate['thresholdFrom'], string>> = {
  route: 'set by the route',
  calibration: "learnt from the routes' utterances",
  fit: 'set by the fit',
  encoder: "the encoder's default",
};

export function summarize({ text, decision, candidates, whatIf }: Omit<Explanation, 'summary' | 'timings'>): string {
  const { reason, route, confidence, truncated } = decision;
  const outcome = route === null ? `no route (${reason})` : route;
  return [
    `"${shorten(text)}" -> ${outcome}${confidence === null ? '' : `, confidence ${digits(confidence)}`}`,
    ...(truncated ? ['  its end was not read: the text is longer than the encoder reads'] : []),
    ...candidates.flatMap(describe),
    ...whatIf.map((change) => `  ${wouldHave(change)}`),
  ].join('\n');
}

function describe(candidate: ExplainedCandidate): readonly string[] {
  const { route, score, threshold, thresholdFrom, passed, parts, nearest, nearestNegative, words } = candidate;
  const sum = parts.map(({ part, value, weight }) => `${digits(weight)} x ${part} ${digits(value)}`).join(' + ');
  const [first] = nearest;
  const shared = words.slice(0, SHOWN_WORDS).map(({ word, weight }) => `${word} ${digits(weight)}`);
  return [
    `  ${route}: ${digits(score)} ${passed ? 'passes' : 'misses'} threshold ${digits(threshold)} (${ORIGINS[thresholdFrom]})`,
    ...(parts.length > 1 ? [`    = ${sum}`] : []),
    ...(first
      ? [`    nearest: "${shorten(first.text)}" (${digits(first.dense)}, words ${digits(first.lexical)})`]
      : []),
    ...(nearestNegative
      ? [
          `    negative: "${shorten(nearestNegative.text)}" (${digits(nearestNegative.dense)}, words ${digits(nearestNegative.lexical)})`,
        ]
      : []),
    ...(shared.length > 0 ? [`    words: ${shared.join(', ')}`] : []),
  ];
}

function wouldHave({ change, route, reason }: WhatIf): string {
  const then = route === null ? `none (${reason})` : route;
  switch (change.kind) {
    case 'score':
      return `${then}, if ${change.route} scored ${digits(change.by)} more`;
    case 'threshold':
      return `${then}, if the threshold of ${change.route} were ${route === change.route ? 'at most' : 'above'} ${digits(change.to)}`;
    case 'negative':
      return `${then}, if ${change.route} had no negative like "${shorten(change.negative)}"`;
    case 'minMargin':
      return `${then}, if minMargin were ${digits(change.to)}`;
  }
}

function digits(value: number): string {
  return value.toFixed(2);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
