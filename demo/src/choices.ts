/** Owns the row of cards of which one is chosen: radio buttons with a name each, and a note where the name is not enough. */

import { element } from './dom.ts';

export interface Choice<T extends string> {
  readonly value: T;
  readonly name: string;
  readonly note?: string;
}

export interface ChoicesOptions<T extends string> {
  /** What is chosen, for people; also in the test ids, with the value behind it. */
  readonly label: string;
  readonly id: string;
  readonly choices: readonly Choice<T>[];
  /** Chosen at first. */
  readonly first: T;
  readonly onChange?: () => void;
}

export interface Choices<T extends string> {
  readonly root: HTMLElement;
  /** `undefined`: none is chosen. */
  readonly value: () => T | undefined;
  /** `undefined`: none, so that any may be chosen. */
  readonly select: (value: T | undefined) => void;
  readonly allow: (value: T, allowed: 'yes' | 'no') => void;
}

export function createChoices<T extends string>(options: ChoicesOptions<T>): Choices<T> {
  const { label, id, choices, first, onChange } = options;
  const cards = choices.map((choice) => createCard(id, choice));
  const root = element('fieldset', {
    class: 'choices',
    children: [element('legend', { class: 'choices__label', text: label }), ...cards.map(({ card }) => card)],
  });
  const select = (value: T | undefined): void => {
    for (const card of cards) card.input.checked = card.value === value;
  };
  select(first);
  if (onChange) root.addEventListener('change', onChange);

  return {
    root,
    value: () => cards.find(({ input }) => input.checked)?.value,
    select,
    allow(value, allowed) {
      for (const card of cards) if (card.value === value) card.input.disabled = allowed === 'no';
    },
  };
}

function createCard<T extends string>(
  id: string,
  { value, name, note }: Choice<T>,
): { readonly card: HTMLElement; readonly input: HTMLInputElement; readonly value: T } {
  const input = element('input', { attributes: { type: 'radio', name: id, value, 'data-testid': `${id}-${value}` } });
  const card = element('label', {
    class: 'choice',
    children: [
      input,
      element('span', { class: 'choice__name', text: name }),
      ...(note === undefined ? [] : [element('span', { class: 'choice__note', text: note })]),
    ],
  });
  return { card, input, value };
}
