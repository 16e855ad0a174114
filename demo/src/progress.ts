/** Owns the bar of work that goes on: how far it is, in words too, and the button that ends it. */

import { button, element, setText } from './dom.ts';

export interface Progress {
  readonly root: HTMLElement;
  /** `done` in [0, 1]; `undefined` where nobody knows. */
  readonly show: (step: string, done: number | undefined) => void;
  readonly hide: () => void;
}

/** Work that is done sooner shows no bar, for it would only flash. */
const PATIENCE_MS = 250;

export function createProgress(onCancel: () => void): Progress {
  const bar = element('progress', { class: 'progress', attributes: { max: '1', 'aria-label': 'Done' } });
  const label = element('p', { class: 'work__label', attributes: { 'data-testid': 'work-label' } });
  const cancel = button('Stop', { testId: 'work-cancel' }, () => {
    hide();
    onCancel();
  });
  const root = element('div', {
    class: 'work',
    attributes: { hidden: '', 'data-testid': 'work' },
    children: [element('div', { class: 'work__words', children: [label, bar] }), cancel],
  });
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide(): void {
    clearTimeout(timer);
    timer = undefined;
    root.hidden = true;
  }

  return {
    root,
    show(step, done) {
      timer ??= setTimeout(() => {
        root.hidden = false;
      }, PATIENCE_MS);
      setText(label, done === undefined ? step : `${step}, ${Math.round(done * 100)}%`);
      if (done === undefined) bar.removeAttribute('value');
      else bar.value = done;
    },
    hide,
  };
}
