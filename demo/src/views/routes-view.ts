/** Owns the list of routes with their utterances, and points out the utterance that decided. */

import type { Decision, Route } from 'synaptoroute/browser';
import { byId, element, setText } from '../dom.ts';
import { formatCount, formatThreshold } from '../format.ts';

export interface RoutesView {
  readonly showRoutes: (routes: readonly Route[]) => void;
  /** `undefined`: there is no decision. */
  readonly showDecision: (decision: Decision | undefined) => void;
}

export function createRoutesView(): RoutesView {
  const list = byId('routes', HTMLUListElement);
  const count = byId('routes-count', HTMLElement);

  function showRoutes(routes: readonly Route[]): void {
    const utterances = routes.reduce((total, route) => total + route.utterances.length, 0);
    setText(count, `${formatCount(routes.length, 'route')}, ${formatCount(utterances, 'utterance')}`);
    list.replaceChildren(...routes.map(createCard));
  }

  function showDecision(decision: Decision | undefined): void {
    const winner = decision?.reason === 'matched' ? decision : undefined;
    for (const card of list.querySelectorAll<HTMLElement>('.route')) {
      const isWinner = card.dataset['route'] === winner?.route;
      card.dataset['winner'] = String(isWinner);
      for (const line of card.querySelectorAll<HTMLElement>('.route__utterance')) {
        const isNearest = isWinner && line.textContent === winner?.utterance;
        if (isNearest) line.setAttribute('aria-current', 'true');
        else line.removeAttribute('aria-current');
      }
    }
  }

  return { showRoutes, showDecision };
}

function createCard({ name, utterances, threshold }: Route): HTMLLIElement {
  const title = element('h3', { class: 'route__name', text: name });
  const note = element('p', {
    class: 'route__threshold',
    text: threshold === undefined ? '' : `threshold ${formatThreshold(threshold)}`,
  });
  const lines = utterances.map((text) => element('li', { class: 'route__utterance', text }));
  return element('li', {
    class: 'route',
    attributes: { 'data-testid': 'route', 'data-route': name, 'data-winner': 'false' },
    children: [
      element('div', { class: 'route__head', children: [title, note] }),
      element('ul', { class: 'route__utterances', children: lines }),
    ],
  });
}
