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
  /** The route that it shows. */
  readonly route: () => string | undefined;
}

const SHOWN = 5;
const SHOWN_AT_MOST = 40;

export function createCandidatesView(): CandidatesView {
  const section = byId('candidates', HTMLElement);
  const list = byId('candidates-list', HTMLOListElement);
  const gates = byId('gates-list', HTMLUListElement);
  const rest = byId('candidates-rest', HTMLElement);
  const more = byId('candidates-more', HTMLButtonElement);
  /** One a place: with another order the words in them change, which costs a key far less than moving the rows. */
  const rows: CandidateRow[] = [];
  const opened = new Set<string>();
  const showGates = createRows(gates, ({ name }: RouteSnapshot) => name, createGate);
  let routes: readonly RouteSnapshot[] = [];
  let answer: Answer | undefined;
  let isWhole = false;

  function show(next: Answer | undefined): void {
    answer = next;
    const all = next?.decision.candidates ?? [];
    const shown = all.slice(0, isWhole ? SHOWN_AT_MOST : SHOWN);
    while (rows.length < shown.length) rows.push(createRow(opened));
    const seen = rows.slice(0, shown.length);
    moveRows(list, seen, () => shown.forEach((candidate, i) => seen[i]?.update(candidate, next as Answer)));
    section.hidden = !next && routes.length === 0;
    gates.hidden = next !== undefined;
    list.hidden = next === undefined;
    showGates(next ? [] : routes.slice(0, SHOWN + 3));
    more.hidden = all.length <= SHOWN;
    setText(more, isWhole ? 'Show fewer' : `Show ${Math.min(SHOWN_AT_MOST, all.length)}`);
    const unseen = (next ? all.length : routes.length) - (next ? shown.length : Math.min(routes.length, SHOWN + 3));
    setText(
      rest,
      unseen > 0 ? `${unseen} more ${unseen === 1 ? 'route' : 'routes'}${next ? ', further off' : ''}` : '',
    );
  }

  more.addEventListener('click', () => {
    isWhole = !isWhole;
    more.setAttribute('aria-expanded', String(isWhole));
    show(answer);
  });

  return {
    show,
    showRoutes(next) {
      routes = next;
      const names = new Set(next.map(({ name }) => name));
      for (const name of opened) if (!names.has(name)) opened.delete(name);
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
  const gate = element('div', { class: 'candidate__gate' });
  const track = element('div', { class: 'candidate__track', attributes: { 'aria-hidden': 'true' }, children: [gate] });
  const head = element('p', {
    class: 'candidate__head',
    children: [element('span', { class: 'candidate__name', text: name }), value],
  });
  const item = element('li', { class: 'candidate', children: [head, track] });
  return {
    item,
    update({ threshold }) {
      setShare(gate, threshold);
      setText(value, `needs ${formatScore(threshold)}`);
    },
  };
}

function createRow(opened: Set<string>): CandidateRow {
  const name = element('span', { class: 'candidate__name' });
  const score = element('span', { class: 'candidate__score' });
  const meaning = element('div', { class: 'candidate__fill' });
  const words = element('div', { class: 'candidate__fill candidate__fill--words' });
  const gate = element('div', { class: 'candidate__gate' });
  const track = element('div', {
    class: 'candidate__track',
    attributes: { 'aria-hidden': 'true' },
    children: [meaning, words, gate],
  });
  const sign = element('span', { class: 'candidate__sign' });
  const verdict = element('span');
  const utterance = element('span', { class: 'candidate__utterance', attributes: { 'data-testid': 'utterance' } });
  const head = element('p', { class: 'candidate__head', children: [name, score] });
  const foot = element('p', {
    class: 'candidate__foot',
    children: [element('span', { class: 'candidate__verdict', children: [sign, verdict] }), utterance],
  });
  const detail = createScoreDetail(opened);
  const item = element('li', {
    class: 'candidate',
    attributes: { 'data-testid': 'candidate' },
    children: [head, track, foot, detail.root],
  });

  function update(candidate: Candidate, { decision, explanation }: Answer): void {
    const { route, passed } = candidate;
    const isWinner = route === decision.route;
    const explained = explanation.candidates.find((each) => each.route === route);
    const byWords = (explained?.parts ?? [])
      .filter(({ part }) => part.startsWith('lexical'))
      .reduce((sum, { value, weight }) => sum + value * weight, 0);
    if (item.dataset['passed'] !== String(passed)) sign.replaceChildren(icon(passed ? 'check' : 'cross', 'small'));
    setData(item, 'route', route);
    setData(item, 'passed', String(passed));
    setData(item, 'winner', String(isWinner));
    setShare(meaning, candidate.score - byWords);
    setShare(words, Math.min(byWords, clampToAxis(candidate.score)));
    setShare(gate, candidate.threshold);
    setText(name, route);
    setText(score, formatScore(candidate.score));
    setText(utterance, `“${candidate.utterance}”`);
    setText(verdict, describe(candidate, isWinner));
    detail.show(route, explained);
  }

  return { item, update, route: () => item.dataset['route'] };
}

/** Of the axis, from 0 to 1; written to who shows it alone, for what lies below would be styled anew with it. */
function setShare(target: HTMLElement, value: number): void {
  const share = String(clampToAxis(value));
  if (target.style.getPropertyValue('--share') !== share) target.style.setProperty('--share', share);
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
