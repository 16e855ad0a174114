/** Owns one list of a route's sentences: what is there, a page at a time, and the box to write or paste more. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { button, createRows, element, field, icon, setText } from '../dom.ts';
import type { Edit } from '../edits.ts';
import { formatCount } from '../format.ts';
import { addSentences, removeSentence, type SentenceKind } from '../route-edits.ts';
import { readLines, refusePaste } from './lines.ts';

export interface Sentences {
  readonly root: HTMLElement;
  /** `nearest`: the one that is nearest to the query. */
  readonly show: (route: RouteSnapshot, nearest: string | undefined) => void;
}

const PAGE = 30;

const WORDS = {
  utterances: {
    title: 'Sentences that belong here',
    noun: 'sentence',
    add: 'Add sentences',
    note: 'One a line; paste as many as you like.',
  },
  negatives: {
    title: 'Look-alikes that do not belong here',
    noun: 'negative',
    add: 'Add negatives',
    note: 'One a line. A query nearer to one of these does not come here.',
  },
} as const;

interface Line {
  readonly text: string;
  readonly isNearest: boolean;
  readonly isLast: boolean;
}

export function createSentences(kind: SentenceKind, make: (edit: Edit) => Promise<boolean>): Sentences {
  const words = WORDS[kind];
  const list = element('ul', { class: 'sentences', attributes: { 'data-testid': kind } });
  const count = element('p', { class: 'section-head__note' });
  const more = button('Show more', {}, () => {
    pages += 1;
    render();
  });
  const box = element('textarea', {
    class: 'input',
    attributes: { rows: '2', spellcheck: 'false', 'data-testid': `add-${kind}` },
  });
  const problem = element('p', { class: 'field__problem', attributes: { role: 'alert' } });
  const submit = element('button', { class: 'button button--plain', text: words.add, attributes: { type: 'submit' } });
  const form = element('form', { class: 'row row--end', children: [field(words.add, box, words.note), submit] });
  const head = element('div', {
    class: 'section-head section-head--small',
    children: [element('h4', { text: words.title }), count],
  });
  const root = element('div', { class: 'sentence-block', children: [head, list, more, form, problem] });
  const showRows = createRows<Line>(
    list,
    ({ text }) => text,
    ({ text }) => createLine(text, () => current && void make(removeSentence(current, kind, text))),
  );
  let current: RouteSnapshot | undefined;
  let nearest: string | undefined;
  let pages = 1;

  function render(): void {
    const all = current?.[kind] ?? [];
    const shown = all.slice(0, pages * PAGE);
    // The nearest is seen wherever it stands.
    const far = nearest !== undefined && !shown.includes(nearest) && all.includes(nearest) ? [nearest] : [];
    const isLast = kind === 'utterances' && all.length === 1;
    showRows([...far, ...shown].map((text) => ({ text, isNearest: text === nearest, isLast })));
    setText(count, formatCount(all.length, words.noun));
    more.hidden = shown.length === all.length;
    setText(more, `Show ${Math.min(PAGE, all.length - shown.length)} more`);
  }

  async function add(): Promise<void> {
    const read = readLines(box.value);
    setText(problem, read.problem ?? '');
    if (!current || read.problem !== undefined || read.lines.length === 0) return;
    const isMade = await make(addSentences(current, kind, read.lines));
    if (isMade) box.value = '';
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void add();
  });
  box.addEventListener('paste', (event) => {
    const refusal = refusePaste(event.clipboardData?.getData('text') ?? '');
    setText(problem, refusal ?? '');
    if (refusal !== undefined) event.preventDefault();
  });
  box.addEventListener('keydown', (event) => {
    // Enter alone begins a line.
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void add();
  });

  return {
    root,
    show(route, near) {
      if (route === current && near === nearest) return;
      if (route.name !== current?.name) {
        pages = 1;
        box.value = '';
        setText(problem, '');
      }
      current = route;
      nearest = near;
      render();
    },
  };
}

function createLine(
  text: string,
  onRemove: () => void,
): { readonly item: HTMLElement; readonly update: (line: Line) => void } {
  const label = element('span', { class: 'sentence__text', text });
  const remove = element('button', {
    class: 'icon-button',
    attributes: { type: 'button', 'aria-label': `Remove “${text.slice(0, 120)}”` },
    children: [icon('cross', 'small')],
  });
  remove.addEventListener('click', onRemove);
  const item = element('li', { class: 'sentence', children: [label, remove] });
  return {
    item,
    update({ isNearest, isLast }) {
      if (isNearest) label.setAttribute('aria-current', 'true');
      else label.removeAttribute('aria-current');
      remove.hidden = isLast;
    },
  };
}
