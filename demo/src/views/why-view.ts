/** Owns what would have changed the outcome, with a way to make it so, and how to teach the router what is right. */

import type { RouteSnapshot, WhatIf } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { byId, button, element, field } from '../dom.ts';
import type { Edit } from '../edits.ts';
import { formatScore } from '../format.ts';
import { createUnhurried } from '../pace.ts';
import * as edits from '../route-edits.ts';

export interface WhyView {
  readonly show: (answer: Answer | undefined) => void;
  readonly showRoutes: (routes: readonly RouteSnapshot[]) => void;
}

const SHOWN_CHANGES = 4;
const NO_ROUTE = '';

export function createWhyView(make: (edit: Edit) => void): WhyView {
  const root = byId('why', HTMLElement);
  const list = byId('why-list', HTMLUListElement);
  const select = element('select', { class: 'select', attributes: { 'data-testid': 'teach-route' } });
  let routes: readonly RouteSnapshot[] = [];
  let answer: Answer | undefined;
  let shown = '';

  const teach = button('Teach it', { kind: 'plain', testId: 'teach' }, () => {
    if (answer) make(edits.teach(answer.text, select.value === NO_ROUTE ? null : select.value));
  });
  byId('teach', HTMLElement).append(field('Not right? It should go to', select), teach);

  function toItem(change: WhatIf): HTMLElement {
    const [text, edit] = describe(change, routes);
    return element('li', {
      class: 'why__item',
      children: [
        element('span', { text }),
        ...(edit ? [button('Do it', { label: `Do it: ${edit.label}` }, () => make(edit))] : []),
      ],
    });
  }

  /** What is wrong is most often the next but one; a choice under way is left alone. */
  function proposeRunnerUp({ decision }: Answer): void {
    const runnerUp = decision.candidates.find(({ route }) => route !== decision.route);
    if (runnerUp && document.activeElement !== select) select.value = runnerUp.route;
  }

  const showChanges = createUnhurried((next: Answer) => {
    const changes = smallestFirst(next.explanation.whatIf).slice(0, SHOWN_CHANGES);
    const key = JSON.stringify(changes);
    proposeRunnerUp(next);
    if (key === shown) return;
    shown = key;
    list.replaceChildren(...changes.map(toItem));
    if (changes.length > 0) return;
    list.replaceChildren(
      element('li', { class: 'why__item', text: 'Nothing alone: it takes more than one threshold or score.' }),
    );
  });

  return {
    show(next) {
      answer = next;
      root.hidden = next === undefined || next.decision.reason === 'no-routes';
      if (next) showChanges(next);
    },
    showRoutes(next) {
      const names = next.map(({ name }) => name);
      const isSame = names.length === routes.length && names.every((name, i) => name === routes[i]?.name);
      routes = next;
      if (isSame && select.options.length > 0) return;
      const chosen = select.value;
      select.replaceChildren(
        ...names.map((name) => element('option', { text: name, attributes: { value: name } })),
        element('option', { text: 'no route', attributes: { value: NO_ROUTE } }),
      );
      if (names.includes(chosen)) select.value = chosen;
    },
  };
}

function lackOf({ change }: WhatIf): number {
  return change.kind === 'score' ? change.by : 0;
}

/** What a person can do first, then what the scores lacked. */
function smallestFirst(changes: readonly WhatIf[]): readonly WhatIf[] {
  return changes.toSorted((a, b) => lackOf(a) - lackOf(b));
}

function describe(
  { change, route, reason }: WhatIf,
  routes: readonly RouteSnapshot[],
): readonly [text: string, edit?: Edit] {
  const outcome = route === null ? (reason === 'ambiguous' ? 'Too close to call' : 'No route') : `To ${route}`;
  switch (change.kind) {
    case 'score':
      return [`${outcome}, if ${change.route} had scored ${formatScore(change.by)} more.`];
    case 'minMargin':
      return [`${outcome}, if a lead of ${formatScore(change.to)} were enough.`];
    case 'threshold': {
      const isLower = route === change.route;
      // Rounded to what the slider can show, to the side that changes the outcome.
      const to = isLower ? Math.floor(change.to * 100) / 100 : Math.ceil(change.to * 100) / 100;
      const text = `${outcome}, if the threshold of ${change.route} were ${formatScore(to)}${isLower ? ' or lower' : ' or higher'}.`;
      const snapshot = routes.find(({ name }) => name === change.route);
      const before = snapshot?.thresholdFrom === 'route' ? snapshot.threshold : undefined;
      return [text, edits.setThreshold(change.route, Math.max(-1, Math.min(1, to)), before)];
    }
    case 'negative': {
      const snapshot = routes.find(({ name }) => name === change.route);
      const text = `${outcome}, if ${change.route} had no negative “${change.negative}”.`;
      return snapshot ? [text, edits.removeSentence(snapshot, 'negatives', change.negative)] : [text];
    }
  }
}
