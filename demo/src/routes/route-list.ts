/** Owns the directory of routes: filtered, a page at a time, the winner lit. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { button, createRows, element, field, setData, setText } from '../dom.ts';
import { formatScore } from '../format.ts';

export interface RouteListOptions {
  readonly onChoose: (name: string) => void;
  readonly onNew: () => void;
}

interface Marks {
  readonly chosen: string | undefined;
  readonly answer: Answer | undefined;
}

export interface RouteList {
  readonly root: HTMLElement;
  readonly show: (routes: readonly RouteSnapshot[], marks: Marks) => void;
}

const PAGE = 50;
/** So few are seen at a glance. */
const FILTERED_FROM = 9;

interface Entry {
  readonly route: RouteSnapshot;
  readonly marks: Marks;
}

export function createRouteList({ onChoose, onNew }: RouteListOptions): RouteList {
  const list = element('ul', { class: 'directory' });
  const head = element('p', {
    class: 'directory__head',
    children: [element('span', { text: 'Route' }), element('span', { text: 'Sentences · threshold' })],
  });
  const directory = element('div', { children: [head, list] });
  const filter = element('input', {
    class: 'input',
    attributes: { type: 'search', autocomplete: 'off', spellcheck: 'false' },
  });
  const filterField = field('Find a route or a sentence', filter);
  const note = element('p', { class: 'field__note' });
  const more = button('Show more', {}, () => {
    pages += 1;
    render();
  });
  const add = button('New route', { icon: 'plus', testId: 'new-route' }, onNew);
  const root = element('div', { class: 'stack', children: [filterField, directory, note, more, add] });
  const showRows = createRows<Entry>(
    list,
    ({ route }) => route.name,
    ({ route }) => createEntry(route.name, onChoose),
  );
  let routes: readonly RouteSnapshot[] = [];
  let marks: Marks = { chosen: undefined, answer: undefined };
  let pages = 1;

  function render(): void {
    const sought = filter.value.trim().toLowerCase();
    const found = sought === '' ? routes : routes.filter((route) => isFound(route, sought));
    const shown = found.slice(0, pages * PAGE);
    showRows(shown.map((route) => ({ route, marks })));
    filterField.hidden = routes.length < FILTERED_FROM;
    head.hidden = found.length === 0;
    more.hidden = shown.length === found.length;
    note.hidden = routes.length > 0 && found.length > 0 && more.hidden;
    setText(
      note,
      routes.length === 0
        ? 'No routes yet. Take a preset, or write your own.'
        : found.length === 0
          ? 'No route has that.'
          : `${shown.length} of ${found.length}`,
    );
  }

  filter.addEventListener('input', () => {
    pages = 1;
    render();
  });

  return {
    root,
    show(nextRoutes, nextMarks) {
      routes = nextRoutes;
      marks = nextMarks;
      render();
    },
  };
}

function isFound({ name, utterances }: RouteSnapshot, sought: string): boolean {
  return name.toLowerCase().includes(sought) || utterances.some((text) => text.toLowerCase().includes(sought));
}

function createEntry(
  name: string,
  onChoose: (name: string) => void,
): { readonly item: HTMLElement; readonly update: (entry: Entry) => void } {
  const size = element('span', { class: 'entry__size' });
  const choose = element('button', {
    class: 'entry__button',
    attributes: { type: 'button' },
    children: [element('span', { class: 'entry__name', text: name }), size],
  });
  choose.addEventListener('click', () => onChoose(name));
  const item = element('li', {
    class: 'entry',
    attributes: { 'data-testid': 'route', 'data-route': name },
    children: [choose],
  });
  let shown: RouteSnapshot | undefined;
  return {
    item,
    update({ route, marks: { chosen, answer } }) {
      setData(item, 'winner', String(answer?.decision.route === name));
      if (chosen !== name) choose.removeAttribute('aria-current');
      else if (!choose.hasAttribute('aria-current')) choose.setAttribute('aria-current', 'true');
      if (route === shown) return;
      shown = route;
      setText(size, `${route.utterances.length} · ${formatScore(route.threshold)}`);
      choose.title = `${route.utterances.length} sentences, threshold ${formatScore(route.threshold)}`;
    },
  };
}
