/** Owns the form that makes a route of a name and some sentences. */

import type { Route } from 'synaptoroute/browser';
import { element, field, setText } from '../dom.ts';
import { readLines } from './lines.ts';
import { createNameInput } from './name-input.ts';

export interface NewRoute {
  readonly root: HTMLElement;
  readonly focus: () => void;
}

export function createNewRoute(onRoute: (route: Route) => Promise<boolean>): NewRoute {
  const name = createNameInput('new-name');
  name.placeholder = 'delivery';
  const sentences = element('textarea', {
    class: 'input',
    attributes: {
      rows: '5',
      spellcheck: 'false',
      required: '',
      placeholder: 'Where is my parcel?\nWhen will it arrive?\nI want to track my order',
      'data-testid': 'new-sentences',
    },
  });
  const problem = element('p', { class: 'field__problem', attributes: { role: 'alert' } });
  const submit = element('button', {
    class: 'button button--primary',
    text: 'Add route',
    attributes: { type: 'submit', 'data-testid': 'add-route' },
  });
  const root = element('form', {
    class: 'sheet stack',
    children: [
      element('h3', { class: 'sheet__title', text: 'New route' }),
      field('Name', name, 'Letters, digits, _ and -.'),
      field(
        'Sentences that belong to it',
        sentences,
        'One a line. From three on, the router learns from them what a sentence must reach.',
      ),
      element('div', { class: 'row', children: [submit] }),
      problem,
    ],
  });

  async function add(): Promise<void> {
    const read = readLines(sentences.value);
    setText(problem, read.problem ?? '');
    if (read.problem !== undefined) return;
    if (await onRoute({ name: name.value.trim(), utterances: read.lines })) root.reset();
  }

  root.addEventListener('submit', (event) => {
    event.preventDefault();
    void add();
  });

  return { root, focus: () => name.focus() };
}
