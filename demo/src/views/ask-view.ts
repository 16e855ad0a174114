/** Owns the text box and the sample sentences; tells the text whenever it changes or is sent. */

import { byId, element } from '../dom.ts';

export interface AskView {
  /** The text without surrounding space. */
  readonly text: () => string;
  readonly focus: () => void;
}

export function createAskView(samples: readonly string[], onText: (text: string) => void): AskView {
  const form = byId('ask', HTMLFormElement);
  const input = byId('query', HTMLInputElement);
  const clear = byId('clear', HTMLButtonElement);
  const text = (): string => input.value.trim();

  const tell = (): void => {
    clear.hidden = input.value === '';
    onText(text());
  };
  const write = (value: string): void => {
    input.value = value;
    tell();
  };

  input.addEventListener('input', tell);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) write('');
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    tell();
  });
  clear.addEventListener('click', () => {
    write('');
    input.focus();
  });
  byId('samples', HTMLUListElement).replaceChildren(...samples.map((sample) => sampleItem(sample, write)));
  // A reloaded page may come with the text that was in it.
  clear.hidden = input.value === '';

  return { text, focus: () => input.focus() };
}

function sampleItem(sample: string, write: (value: string) => void): HTMLLIElement {
  const button = element('button', {
    class: 'sample',
    text: sample,
    attributes: { type: 'button', 'data-testid': 'sample' },
  });
  button.addEventListener('click', () => write(sample));
  return element('li', { children: [button] });
}
