/** Owns the one line that tells a person what could not be done, or asks a question, until it is answered or dismissed. */

import { button, byId, element } from '../dom.ts';
import type { Failure } from '../engine.ts';

export interface NoticeAction {
  readonly text: string;
  readonly act: () => void;
}

export interface NoticeView {
  readonly fail: (failure: Failure) => void;
  readonly ask: (text: string, actions: readonly NoticeAction[]) => void;
  readonly clear: () => void;
}

/** What a message may be long; a hostile one could be a book. */
const LONGEST = 600;

export function createNoticeView(): NoticeView {
  const root = byId('notice', HTMLElement);

  function clear(): void {
    root.replaceChildren();
    root.hidden = true;
  }

  function show(text: string, kind: 'failure' | 'question', actions: readonly NoticeAction[]): void {
    const shortened = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    const buttons = actions.map(({ text: label, act }, i) =>
      button(label, { kind: i === 0 && kind === 'question' ? 'primary' : 'plain' }, () => {
        clear();
        act();
      }),
    );
    root.dataset['kind'] = kind;
    root.hidden = false;
    root.replaceChildren(
      element('p', { class: 'notice__text', text: shortened, attributes: { 'data-testid': 'notice-text' } }),
      element('div', { class: 'notice__actions', children: buttons }),
    );
  }

  return {
    fail: ({ message }) => show(message, 'failure', [{ text: 'Dismiss', act: () => undefined }]),
    ask: (text, actions) => show(text, 'question', actions),
    clear,
  };
}
