/** Owns the chart of every route's score against its threshold, best first. */

import type { Candidate, Decision } from 'synaptoroute/browser';
import { byId, element, icon, setText } from '../dom.ts';
import { formatScore } from '../format.ts';
import { moveRows } from '../motion.ts';

export interface CandidatesView {
  /** `undefined`: there is no decision. */
  readonly show: (decision: Decision | undefined) => void;
}

interface Row {
  readonly item: HTMLLIElement;
  readonly update: (candidate: Candidate, isWinner: boolean) => void;
}

export function createCandidatesView(): CandidatesView {
  const section = byId('candidates', HTMLElement);
  const list = byId('candidates-list', HTMLOListElement);
  const rows = new Map<string, Row>();

  function rowOf(route: string): Row {
    const row = rows.get(route) ?? createRow(route);
    rows.set(route, row);
    return row;
  }

  function show(decision: Decision | undefined): void {
    const candidates = decision?.candidates ?? [];
    section.hidden = candidates.length === 0;
    const items = candidates.map((candidate) => {
      const row = rowOf(candidate.route);
      row.update(candidate, candidate.route === decision?.route);
      return row.item;
    });
    moveRows(list, items);
  }

  return { show };
}

function createRow(route: string): Row {
  const verdict = element('span', { class: 'candidate__verdict' });
  const score = element('span', { class: 'candidate__score' });
  const track = element('div', {
    class: 'candidate__track',
    attributes: { 'aria-hidden': 'true' },
    children: [element('div', { class: 'candidate__fill' }), element('div', { class: 'candidate__gate' })],
  });
  const utterance = element('span', { class: 'candidate__utterance', attributes: { 'data-testid': 'utterance' } });
  const head = element('p', {
    class: 'candidate__head',
    children: [element('span', { class: 'candidate__name', text: route }), score],
  });
  const foot = element('p', { class: 'candidate__foot', children: [verdict, utterance] });
  const item = element('li', {
    class: 'candidate',
    attributes: { 'data-testid': 'candidate', 'data-route': route },
    children: [head, track, foot],
  });

  function update(candidate: Candidate, isWinner: boolean): void {
    item.dataset['passed'] = String(candidate.passed);
    item.dataset['winner'] = String(isWinner);
    item.style.setProperty('--score', String(clampToAxis(candidate.score)));
    item.style.setProperty('--threshold', String(clampToAxis(candidate.threshold)));
    setText(score, formatScore(candidate.score));
    setText(utterance, `“${candidate.utterance}”`);
    const words = describe(candidate, isWinner);
    if (verdict.textContent !== words) {
      verdict.replaceChildren(icon(candidate.passed ? 'check' : 'cross', 'small'), document.createTextNode(words));
    }
  }

  return { item, update };
}

function describe({ score, threshold, passed }: Candidate, isWinner: boolean): string {
  if (passed) return `${isWinner ? 'Wins' : 'Passed'}, ${formatScore(score - threshold)} over its threshold`;
  return `Missed, ${formatScore(threshold - score)} short`;
}

/** The axis runs from 0 to 1; a cosine below 0 is as far as can be, and stands at its start. */
function clampToAxis(value: number): number {
  return Math.min(1, Math.max(0, value));
}
