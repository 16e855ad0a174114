/** Owns the text box and the sample sentences; tells the text whenever it changes or is sent. */

import { byId, createRows, element } from '../dom.ts';

export interface AskView {
  /** The text without surrounding space. */
  readonly text: () => string;
  readonly focus: () => void;
  /** As if a person had typed it. */
  readonly write: (text: string) => void;
  readonly showSamples: (samples: readonly string[]) => void;
}

export function createAskView(onText: (text: string) => void): AskView {
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
  // A reloaded page may come with the text that was in it.
  clear.hidden = input.value === '';

  const showRows = createRows<string>(
    byId('samples', HTMLUListElement),
    (sample) => sample,
    (sample) => ({ item: sampleItem(sample, write), update: () => undefined }),
  );
  return { text, focus: () => input.focus(), write, showSamples: showRows };
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
