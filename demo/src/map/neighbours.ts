/** Owns the map in words: the utterances that are nearest to the query, as a list that everyone can read. */

import { element, setText } from '../dom.ts';
import { formatScore } from '../format.ts';
import type { Placement, Projection } from './messages.ts';

export interface NeighbourList {
  readonly root: HTMLElement;
  readonly show: (
    projection: Projection | undefined,
    text: string | undefined,
    placement: Placement | undefined,
  ) => void;
}

export function createNeighbourList(): NeighbourList {
  const note = element('p', { class: 'neighbours__note', attributes: { 'data-testid': 'neighbours-note' } });
  const list = element('ol', { class: 'neighbours__list', attributes: { 'data-testid': 'neighbours' } });
  const root = element('section', {
    class: 'neighbours',
    attributes: { 'aria-labelledby': 'neighbours-title' },
    children: [element('h3', { text: 'Nearest to your sentence', attributes: { id: 'neighbours-title' } }), note, list],
  });

  return {
    root,
    show(projection, text, placement) {
      if (!projection || text === undefined || !placement) {
        setText(note, 'Type a sentence above, and it lands on the map; the nearest examples are listed here.');
        return list.replaceChildren();
      }
      setText(note, `“${text}” and its nearest examples by cosine, over all dimensions.`);
      list.replaceChildren(...placement.neighbours.map(({ index, score }) => toItem(projection, index, score)));
    },
  };
}

function toItem({ texts, routes, owners }: Projection, index: number, score: number): HTMLLIElement {
  return element('li', {
    class: 'neighbour',
    children: [
      element('span', { class: 'neighbour__score', text: formatScore(score) }),
      element('span', { class: 'neighbour__text', text: texts[index] ?? '' }),
      element('span', { class: 'neighbour__route', text: routes[owners[index] ?? 0] ?? '' }),
    ],
  });
}
