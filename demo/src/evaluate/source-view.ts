/** Owns where labelled texts come in: the box to paste or type them, the file, the drop; and says what was read of them. */

import { button, element, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import type { Sample } from './read-samples.ts';
import { readInWorker, refusalOf } from './sample-reader.ts';

export interface SourceView {
  readonly root: HTMLElement;
  readonly fill: (text: string) => void;
}

export interface SourceOptions {
  /** Samples were read, or there are none any more. */
  readonly onSamples: (samples: readonly Sample[] | undefined) => void;
  /** Makes samples to begin with. */
  readonly example: () => string;
}

/** More is held aside: a box of a megabyte is slow in every browser. */
const MAX_SHOWN = 20_000;
const PREVIEW = 2000;
const SETTLE_MS = 250;

export function createSourceView({ onSamples, example }: SourceOptions): SourceView {
  const box = element('textarea', {
    class: 'source__box',
    attributes: {
      id: 'samples-box',
      rows: '7',
      spellcheck: 'false',
      placeholder: 'text,route\nI want my money back,billing\n"Hello, are you there?",',
      'aria-describedby': 'samples-note samples-status',
      'data-testid': 'samples-box',
    },
  });
  const file = element('input', {
    class: 'unseen',
    attributes: {
      type: 'file',
      accept: '.csv,.tsv,.txt,.json',
      tabindex: '-1',
      'aria-hidden': 'true',
      'data-testid': 'samples-file',
    },
  });
  const status = element('p', {
    class: 'source__status',
    attributes: { id: 'samples-status', role: 'status', 'data-testid': 'samples-status' },
  });
  const open = button('Open a file', { testId: 'samples-open' }, () => file.click());
  const fillIn = button('Fill in an example', { testId: 'samples-example' }, () => take(example()));
  const clear = button('Clear', { testId: 'samples-clear' }, () => {
    take('');
    box.focus();
  });
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(state: 'read' | 'refused' | 'reading' | 'empty', text: string): void {
    root.dataset['state'] = state;
    setText(status, text);
  }

  async function read(text: string): Promise<void> {
    const own = ++attempt;
    onSamples(undefined);
    const refusal = refusalOf(text.length);
    if (refusal !== undefined) return tell('refused', refusal);
    if (text.trim() === '') return tell('empty', '');
    tell('reading', 'Reading');
    try {
      const samples = await readInWorker(text);
      if (own !== attempt) return;
      tell('read', describe(samples));
      onSamples(samples);
    } catch (error) {
      if (own === attempt) tell('refused', error instanceof Error ? error.message : String(error));
    }
  }

  /** Takes a text in, whatever its length; of a long one the box has only the beginning. */
  function take(text: string): void {
    clearTimeout(timer);
    const isLong = text.length > MAX_SHOWN;
    box.readOnly = isLong;
    box.value = isLong
      ? `${text.slice(0, PREVIEW)}…\n\n(${text.length.toLocaleString('en')} characters; Clear to edit)`
      : text;
    void read(text);
  }

  box.addEventListener('paste', (event) => {
    const pasted = event.clipboardData?.getData('text/plain') ?? '';
    if (pasted.length <= MAX_SHOWN) return;
    event.preventDefault();
    take(pasted);
  });
  box.addEventListener('input', () => {
    if (box.value.length > MAX_SHOWN) return take(box.value);
    clearTimeout(timer);
    timer = setTimeout(() => void read(box.value), SETTLE_MS);
  });
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? [];
    if (chosen) void takeFile(chosen);
    // The same file may be chosen again, after it was mended.
    file.value = '';
  });

  async function takeFile(chosen: File): Promise<void> {
    const refusal = refusalOf(chosen.size);
    if (refusal === undefined) return take(await chosen.text());
    attempt++;
    onSamples(undefined);
    tell('refused', refusal);
  }

  const root = element('section', {
    class: 'source',
    attributes: { 'aria-labelledby': 'samples-title', 'data-testid': 'samples', 'data-state': 'empty' },
    children: [
      element('h3', {
        attributes: { id: 'samples-title' },
        children: [element('label', { text: 'Labelled texts', attributes: { for: 'samples-box' } })],
      }),
      element('p', {
        class: 'source__note',
        text: 'CSV with a text and its route on each line, or JSON: [{"text", "route"}]. An empty route means: belongs to none. Paste it, or drop a file here.',
        attributes: { id: 'samples-note' },
      }),
      box,
      element('div', { class: 'source__buttons', children: [open, fillIn, clear, file] }),
      status,
    ],
  });
  listenToDrops(root, (dropped) => void takeFile(dropped));

  return { root, fill: take };
}

function listenToDrops(target: HTMLElement, onFile: (file: File) => void): void {
  target.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    target.classList.add('source--over');
  });
  target.addEventListener('dragleave', () => target.classList.remove('source--over'));
  target.addEventListener('drop', (event) => {
    target.classList.remove('source--over');
    const [dropped] = event.dataTransfer?.files ?? [];
    if (!dropped) return;
    event.preventDefault();
    onFile(dropped);
  });
}

function describe(samples: readonly Sample[]): string {
  const ofNone = samples.filter(({ route }) => route === null).length;
  const routes = new Set(samples.map(({ route }) => route ?? '')).size - (ofNone > 0 ? 1 : 0);
  return `Read ${formatCount(samples.length, 'sample')}: ${samples.length - ofNone} of ${formatCount(routes, 'route')}, ${ofNone} of none.`;
}
