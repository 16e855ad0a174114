/** Owns how a panel lists facts: a name, a value, and what it means; asked of the router anew, one question at a time. */

import type { Router, RouterStatus } from 'synaptoroute/browser';
import { element, setText } from './dom.ts';
import { createLatest } from './latest.ts';

export interface Fact {
  readonly id: string;
  readonly label: string;
  readonly read: (status: RouterStatus) => string;
  /** What the value means here, or why it is not another. */
  readonly explain: (status: RouterStatus) => string;
  /** The value whole, where `read` shortens it. */
  readonly whole?: (status: RouterStatus) => string;
}

export interface FactsView {
  readonly root: HTMLElement;
  /** Asks the router; `undefined`: there is none. Calls while one is under way become one more. */
  readonly refresh: (router: Router | undefined) => void;
}

const NOTHING = '–';

export function createFacts(facts: readonly Fact[], onStatus?: (status: RouterStatus) => void): FactsView {
  const cells = facts.map(createCell);
  const root = element('dl', { class: 'facts__list', children: cells.map(({ group }) => group) });

  const ask = createLatest(async (router: Router | undefined) => {
    // A router that is lost says so to whoever asks it next; here its last account stays.
    const status = await router?.status();
    for (const { update } of cells) update(status);
    if (status) onStatus?.(status);
  });
  return { root, refresh: ask };
}

function createCell({ id, label, read, explain, whole }: Fact): {
  readonly group: HTMLElement;
  readonly update: (status: RouterStatus | undefined) => void;
} {
  const value = element('dd', { class: 'fact__value', text: NOTHING, attributes: { 'data-testid': `fact-${id}` } });
  const note = element('dd', { class: 'fact__note' });
  const term = element('dt', { class: 'fact__label', text: label });

  function update(status: RouterStatus | undefined): void {
    setText(value, status ? read(status) : NOTHING);
    setText(note, status ? explain(status) : '');
    if (status && whole) value.title = whole(status);
    else value.removeAttribute('title');
  }

  return { group: element('div', { class: 'fact', children: [term, value, note] }), update };
}
