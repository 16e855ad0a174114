/** Owns the list of routes with their utterances, and points out the utterance that decided. */

import type { Decision, Route } from 'synaptoroute/browser';
import { element, setText } from '../dom.ts';
import type { Panel } from '../panel.ts';
import { formatCount, formatThreshold } from '../format.ts';

export function createRoutesPanel(): Panel {
  const list = element('ul', { class: 'routes__list' });
  const count = element('p', { class: 'section-head__note' });
  const root = element('div', { class: 'routes', children: [count, list] });

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

  return {
    root,
    setVisible: () => undefined,
    routesChanged: showRoutes,
    answered: (answer) => showDecision(answer?.decision),
  };
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
