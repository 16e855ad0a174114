/** Owns what lint finds wrong with the routes: looked for by itself where that is quick, and by a button elsewhere. */

import type { LintFinding, RouteSnapshot } from 'synaptoroute/browser';
import { button, element, setText } from '../dom.ts';
import { toFailure } from '../engine.ts';
import { formatCount } from '../format.ts';
import type { PanelContext } from '../panel.ts';

export interface LintView {
  readonly root: HTMLElement;
  readonly setVisible: (isVisible: boolean) => void;
  readonly routesChanged: (routes: readonly RouteSnapshot[]) => void;
}

/** Above, it takes long enough to keep queries waiting. */
const QUICK_UTTERANCES = 400;
const PAUSE_MS = 600;
const SHOWN_FINDINGS = 8;
const SHOWN_SENTENCES = 3;

const KINDS: Readonly<Record<LintFinding['kind'], string>> = {
  'near-duplicate': 'Nearly the same',
  swallowed: 'Taken by another',
  thin: 'Too few',
  dead: 'Of no use',
};

export function createLintView(context: PanelContext, onRoute: (name: string) => void): LintView {
  const note = element('p', { class: 'section-head__note' });
  const list = element('ul', { class: 'findings', attributes: { 'data-testid': 'findings' } });
  const run = button('Look for problems', { testId: 'lint' }, () => void look());
  const root = element('section', {
    class: 'lint',
    attributes: { 'aria-labelledby': 'lint-title' },
    children: [
      element('header', {
        class: 'section-head',
        children: [element('h3', { text: 'What lint finds', attributes: { id: 'lint-title' } }), note],
      }),
      list,
      run,
    ],
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isVisible = false;
  let attempt = 0;

  async function look(): Promise<void> {
    const router = context.router();
    if (!router) return;
    const own = ++attempt;
    setText(note, 'Looking');
    try {
      const { findings, examined, utterances } = await router.lint();
      if (own !== attempt) return;
      setText(note, `${formatCount(examined, 'sentence')} of ${utterances.toLocaleString('en')} taken out and tried`);
      const shown = findings.slice(0, SHOWN_FINDINGS).map((finding) => createFinding(finding, onRoute));
      const rest = findings.length - shown.length;
      list.replaceChildren(
        ...shown,
        ...(rest > 0 ? [element('li', { class: 'finding', text: `And ${rest} more.` })] : []),
        ...(findings.length === 0
          ? [element('li', { class: 'finding', text: 'Nothing. The routes are told well apart.' })]
          : []),
      );
    } catch (error) {
      if (own === attempt) setText(note, toFailure(error).message);
    }
  }

  return {
    root,
    setVisible(next) {
      isVisible = next;
      if (!next) clearTimeout(timer);
    },
    routesChanged(routes) {
      clearTimeout(timer);
      const utterances = routes.reduce((sum, route) => sum + route.utterances.length, 0);
      const isQuick = utterances <= QUICK_UTTERANCES;
      run.hidden = isQuick;
      if (isQuick && isVisible) timer = setTimeout(() => void look(), PAUSE_MS);
      if (isQuick) return;
      attempt += 1;
      list.replaceChildren();
      setText(note, `With ${utterances.toLocaleString('en')} sentences this takes a while`);
    },
  };
}

function createFinding(
  { kind, routes, utterances, action }: LintFinding,
  onRoute: (name: string) => void,
): HTMLElement {
  const sentences = utterances
    .slice(0, SHOWN_SENTENCES)
    .map(({ route, text }) => element('li', { text: routes.length > 1 ? `${route}: “${text}”` : `“${text}”` }));
  const rest = utterances.length - sentences.length;
  return element('li', {
    class: 'finding',
    attributes: { 'data-kind': kind },
    children: [
      element('p', {
        class: 'finding__head',
        children: [
          element('strong', { text: KINDS[kind] }),
          ...routes.map((name) => button(name, { kind: 'bare', label: `Show ${name}` }, () => onRoute(name))),
        ],
      }),
      element('ul', {
        class: 'finding__sentences',
        children: [...sentences, ...(rest > 0 ? [element('li', { text: `and ${rest} more` })] : [])],
      }),
      element('p', { class: 'finding__action', text: action }),
    ],
  });
}
