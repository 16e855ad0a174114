/** Owns the chart of routes' scores against their thresholds, best first, what each score is made of, and the gates that wait. */

import type { Candidate, RouteSnapshot } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { byId, createRows, element, icon, setData, setText } from '../dom.ts';
import { formatScore } from '../format.ts';
import { moveRows } from '../motion.ts';
import { createScoreDetail } from './score-detail.ts';

export interface CandidatesView {
  /** `undefined`: there is no decision. */
  readonly show: (answer: Answer | undefined) => void;
  readonly showRoutes: (routes: readonly RouteSnapshot[]) => void;
}

interface CandidateRow {
  readonly item: HTMLLIElement;
  readonly update: (candidate: Candidate, answer: Answer) => void;
}

const SHOWN = 5;
const SHOWN_AT_MOST = 40;

export function createCandidatesView(): CandidatesView {
  const section = byId('candidates', HTMLElement);
  const list = byId('candidates-list', HTMLOListElement);
  const gates = byId('gates-list', HTMLUListElement);
  const rest = byId('candidates-rest', HTMLElement);
  const more = byId('candidates-more', HTMLButtonElement);
  const rows = new Map<string, CandidateRow>();
  const showGates = createRows(gates, ({ name }: RouteSnapshot) => name, createGate);
  let routes: readonly RouteSnapshot[] = [];
  let answer: Answer | undefined;
  let isWhole = false;

  function rowOf(route: string): CandidateRow {
    const row = rows.get(route) ?? createRow(route);
    rows.set(route, row);
    return row;
  }

  function show(next: Answer | undefined): void {
    answer = next;
    const all = next?.decision.candidates ?? [];
    const shown = all.slice(0, isWhole ? SHOWN_AT_MOST : SHOWN);
    const items = shown.map((candidate) => {
      const row = rowOf(candidate.route);
      row.update(candidate, next as Answer);
      return row.item;
    });
    moveRows(list, items);
    section.hidden = !next && routes.length === 0;
    gates.hidden = next !== undefined;
    list.hidden = next === undefined;
    showGates(next ? [] : routes.slice(0, SHOWN + 3));
    more.hidden = all.length <= SHOWN;
    more.setAttribute('aria-expanded', String(isWhole));
    setText(more, isWhole ? 'Show fewer' : `Show ${Math.min(SHOWN_AT_MOST, all.length)}`);
    const unseen = (next ? all.length : routes.length) - (next ? shown.length : Math.min(routes.length, SHOWN + 3));
    setText(
      rest,
      unseen > 0 ? `${unseen} more ${unseen === 1 ? 'route' : 'routes'}${next ? ', further off' : ''}` : '',
    );
  }

  more.addEventListener('click', () => {
    isWhole = !isWhole;
    show(answer);
  });

  return {
    show,
    showRoutes(next) {
      routes = next;
      const names = new Set(next.map(({ name }) => name));
      for (const name of rows.keys()) if (!names.has(name)) rows.delete(name);
      if (!answer) show(undefined);
    },
  };
}

/** A route before any question: its threshold alone. */
function createGate({ name }: RouteSnapshot): {
  readonly item: HTMLElement;
  readonly update: (route: RouteSnapshot) => void;
} {
  const value = element('span', { class: 'candidate__score' });
  const track = element('div', {
    class: 'candidate__track',
    attributes: { 'aria-hidden': 'true' },
    children: [element('div', { class: 'candidate__gate' })],
  });
  const head = element('p', {
    class: 'candidate__head',
    children: [element('span', { class: 'candidate__name', text: name }), value],
  });
  const item = element('li', { class: 'candidate', children: [head, track] });
  return {
    item,
    update({ threshold }) {
      item.style.setProperty('--threshold', String(clampToAxis(threshold)));
      setText(value, `needs ${formatScore(threshold)}`);
    },
  };
}

function createRow(route: string): CandidateRow {
  const verdict = element('span', { class: 'candidate__verdict' });
  const score = element('span', { class: 'candidate__score' });
  const track = element('div', {
    class: 'candidate__track',
    attributes: { 'aria-hidden': 'true' },
    children: [
      element('div', { class: 'candidate__fill' }),
      element('div', { class: 'candidate__fill candidate__fill--words' }),
      element('div', { class: 'candidate__gate' }),
    ],
  });
  const utterance = element('span', { class: 'candidate__utterance', attributes: { 'data-testid': 'utterance' } });
  const head = element('p', {
    class: 'candidate__head',
    children: [element('span', { class: 'candidate__name', text: route }), score],
  });
  const foot = element('p', { class: 'candidate__foot', children: [verdict, utterance] });
  const detail = createScoreDetail(route);
  const item = element('li', {
    class: 'candidate',
    attributes: { 'data-testid': 'candidate', 'data-route': route },
    children: [head, track, foot, detail.root],
  });

  function update(candidate: Candidate, { decision, explanation }: Answer): void {
    const isWinner = candidate.route === decision.route;
    const explained = explanation.candidates.find((each) => each.route === route);
    const words = (explained?.parts ?? [])
      .filter(({ part }) => part.startsWith('lexical'))
      .reduce((sum, { value, weight }) => sum + value * weight, 0);
    setData(item, 'passed', String(candidate.passed));
    setData(item, 'winner', String(isWinner));
    item.style.setProperty('--meaning', String(clampToAxis(candidate.score - words)));
    item.style.setProperty('--words', String(Math.min(words, clampToAxis(candidate.score))));
    item.style.setProperty('--threshold', String(clampToAxis(candidate.threshold)));
    setText(score, formatScore(candidate.score));
    setText(utterance, `“${candidate.utterance}”`);
    const text = describe(candidate, isWinner);
    if (verdict.textContent !== text) {
      verdict.replaceChildren(icon(candidate.passed ? 'check' : 'cross', 'small'), document.createTextNode(text));
    }
    detail.show(explained);
  }

  return { item, update };
}

function describe({ score, threshold, passed, negative }: Candidate, isWinner: boolean): string {
  if (passed) return `${isWinner ? 'Wins' : 'Passed'}, ${formatScore(score - threshold)} over its threshold`;
  if (negative !== undefined && score >= threshold) return 'Kept away by a negative';
  return `Missed, ${formatScore(threshold - score)} short`;
}

/** The axis runs from 0 to 1; a score below 0 is as far as can be, and stands at its start. */
function clampToAxis(value: number): number {
  return Math.min(1, Math.max(0, value));
}
