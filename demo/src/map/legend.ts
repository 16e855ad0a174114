/** Owns the legend: each route's mark and name, as a button that makes all others faint. */

import { element } from '../dom.ts';
import { svg } from '../svg.ts';
import type { Projection } from './messages.ts';
import { markOf, outline } from './marks.ts';

export interface Legend {
  readonly root: HTMLElement;
  readonly show: (projection: Projection | undefined) => void;
}

/** Entries that are made in one go. */
const PART = 40;

/** @param onChoose with the position of a route, or `undefined` where the choice was taken back */
export function createLegend(onChoose: (route: number | undefined) => void): Legend {
  const root = element('ul', { class: 'legend', attributes: { 'aria-label': 'Routes on the map' } });

  let shown: Projection | undefined;

  function choose(chosen: HTMLButtonElement): void {
    const isOff = chosen.getAttribute('aria-pressed') === 'true';
    const buttons = [...root.querySelectorAll('button')];
    for (const button of buttons) button.setAttribute('aria-pressed', String(button === chosen && !isOff));
    onChoose(isOff ? undefined : buttons.indexOf(chosen));
  }

  function createEntry(name: string, route: number, count: number): HTMLLIElement {
    const { colour, shape } = markOf(route);
    const sign = svg('svg', { class: 'legend__mark', viewBox: '-10 -10 20 20', 'aria-hidden': 'true' }, [
      svg('path', { d: outline(shape, 7) }),
    ]);
    sign.style.setProperty('fill', `var(--map-${colour})`);
    const button = element('button', {
      class: 'legend__route',
      attributes: { type: 'button', 'aria-pressed': 'false', 'data-testid': 'legend-route' },
      children: [
        sign,
        element('span', { class: 'legend__name', text: name }),
        element('span', { class: 'legend__count', text: String(count) }),
      ],
    });
    button.addEventListener('click', () => choose(button));
    return element('li', { children: [button] });
  }

  /** A part at a time, for hundreds at once would hold up the page. */
  function append(from: number, counts: ReadonlyMap<number, number>): void {
    const of = shown;
    const names = of?.routes.slice(from, from + PART) ?? [];
    root.append(...names.map((name, i) => createEntry(name, from + i, counts.get(from + i) ?? 0)));
    if (names.length < PART) return;
    setTimeout(() => {
      if (shown === of) append(from + PART, counts);
    });
  }

  return {
    root,
    show(projection) {
      const counts = new Map<number, number>();
      for (const owner of projection?.owners ?? []) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      root.replaceChildren();
      shown = projection;
      append(0, counts);
    },
  };
}
