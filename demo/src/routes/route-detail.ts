/** Owns the route that is chosen: its name, its threshold, its sentences and its negatives. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { button, element, field, setData, setText } from '../dom.ts';
import type { Edit } from '../edits.ts';
import { removeRoute, renameRoute } from '../route-edits.ts';
import { createNameInput } from './name-input.ts';
import { createSentences } from './sentences.ts';
import { createThresholdView } from './threshold-view.ts';

export interface RouteDetailOptions {
  readonly make: (edit: Edit) => Promise<boolean>;
  readonly tryThreshold: (route: string, threshold: number) => void;
  readonly onRenamed: (name: string) => void;
  /** A person works on it, so that it stays. */
  readonly onTouched: () => void;
}

export interface RouteDetail {
  readonly root: HTMLElement;
  /** `undefined`: none is chosen. */
  readonly show: (route: RouteSnapshot | undefined, answer: Answer | undefined) => void;
  readonly focus: () => void;
}

export function createRouteDetail({ make, tryThreshold, onRenamed, onTouched }: RouteDetailOptions): RouteDetail {
  let current: RouteSnapshot | undefined;
  const title = element('h3', { class: 'sheet__title', attributes: { tabindex: '-1', 'data-testid': 'route-title' } });
  const rename = createRename(async (name) => {
    const isMade = current !== undefined && (await make(renameRoute(current, name)));
    if (isMade) onRenamed(name);
    return isMade;
  });
  const remove = button('Remove', { kind: 'danger', testId: 'remove-route' }, () => {
    if (current) void make(removeRoute(current));
  });
  const actions = element('div', { class: 'sheet__actions', children: [rename.open, remove] });
  const head = element('div', { class: 'sheet__head', children: [title, actions] });
  const threshold = createThresholdView(make, tryThreshold);
  const utterances = createSentences('utterances', make);
  const negatives = createSentences('negatives', make);
  const root = element('div', {
    class: 'sheet',
    attributes: { 'data-testid': 'route-detail' },
    children: [head, rename.form, threshold.root, utterances.root, negatives.root],
  });
  root.addEventListener('focusin', onTouched);
  root.addEventListener('pointerdown', onTouched);

  return {
    root,
    show(route, answer) {
      root.hidden = route === undefined;
      if (!route) {
        current = undefined;
        return;
      }
      if (route.name !== current?.name) rename.close(route.name);
      const isOther = route !== current;
      current = route;
      setText(title, route.name);
      setData(root, 'winner', String(answer?.decision.route === route.name));
      if (isOther) threshold.show(route);
      const candidate = answer?.decision.candidates.find((each) => each.route === route.name);
      threshold.showScore(candidate?.score);
      utterances.show(route, candidate?.utterance);
      negatives.show(route, candidate?.negative);
    },
    focus: () => title.focus(),
  };
}

/** A button that opens a small form, which takes the title's place for a moment. */
function createRename(onName: (name: string) => Promise<boolean>): {
  readonly open: HTMLButtonElement;
  readonly form: HTMLFormElement;
  readonly close: (name: string) => void;
} {
  const input = createNameInput('rename-input');
  const submit = element('button', {
    class: 'button button--primary',
    text: 'Save name',
    attributes: { type: 'submit' },
  });
  const form = element('form', {
    class: 'row row--end',
    attributes: { hidden: '' },
    children: [field('New name', input), submit],
  });
  const open = button('Rename', { testId: 'rename-route' }, () => {
    form.hidden = !form.hidden;
    open.setAttribute('aria-expanded', String(!form.hidden));
    if (!form.hidden) input.select();
  });
  open.setAttribute('aria-expanded', 'false');

  function close(name: string): void {
    form.hidden = true;
    open.setAttribute('aria-expanded', 'false');
    input.value = name;
  }

  async function save(): Promise<void> {
    if (await onName(input.value.trim())) open.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    form.hidden = true;
    open.focus();
  });
  return { open, form, close };
}
