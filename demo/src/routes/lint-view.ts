/** Owns what lint finds wrong with the routes: looked for by itself where that is quick, and by a button elsewhere. */

import type { LintFinding, LintReport, Router, RouteSnapshot } from 'synaptoroute/browser';
import { button, element, setText } from '../dom.ts';
import type { Edits } from '../edits.ts';
import { toFailure } from '../engine.ts';
import { formatCount } from '../format.ts';

export interface LintView {
  readonly root: HTMLElement;
  readonly setVisible: (isVisible: boolean) => void;
  readonly routesChanged: (routes: readonly RouteSnapshot[]) => void;
}

export interface LintOptions {
  readonly router: () => Router | undefined;
  /** While one is made there is nothing to look at. */
  readonly edits: Pick<Edits, 'isMaking' | 'listen'>;
  readonly onRoute: (name: string) => void;
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

export function createLintView({ router, edits, onRoute }: LintOptions): LintView {
  const note = element('p', { class: 'section-head__note', attributes: { 'data-testid': 'lint-note' } });
  const list = element('ul', { class: 'findings', attributes: { 'data-testid': 'findings' } });
  const run = button('Look for problems', { testId: 'lint' }, () => void look());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isVisible = false;
  /** The routes are others than those that were looked at. */
  let isDue = false;
  let attempt = 0;

  /** Looks in a moment, unless an edit is under way; its end comes here too. */
  function schedule(): void {
    clearTimeout(timer);
    if (isDue && isVisible && !edits.isMaking()) timer = setTimeout(() => void look(), PAUSE_MS);
  }

  async function look(): Promise<void> {
    const target = router();
    isDue = edits.isMaking();
    if (!target || isDue) return;
    const own = ++attempt;
    setText(note, 'Looking');
    try {
      const report = await target.lint();
      if (own !== attempt) return;
      // An edit that fails changes no routes, and they were looked at halfway.
      isDue = edits.isMaking();
      if (isDue) return;
      setText(note, describe(report));
      list.replaceChildren(...createFindings(report.findings, onRoute));
    } catch (error) {
      if (own === attempt) setText(note, toFailure(error).message);
    }
  }

  edits.listen(schedule);
  return {
    root: createFrame(note, list, run),
    setVisible(next) {
      isVisible = next;
      schedule();
    },
    routesChanged(routes) {
      const utterances = routes.reduce((sum, route) => sum + route.utterances.length, 0);
      const isQuick = utterances <= QUICK_UTTERANCES;
      // What is under way looks at routes that are no more.
      attempt += 1;
      run.hidden = isQuick;
      isDue = isQuick && utterances > 0;
      if (!isDue) list.replaceChildren();
      setText(note, isDue ? 'Looking' : describeWait(utterances));
      schedule();
    },
  };
}

function createFrame(note: HTMLElement, list: HTMLElement, run: HTMLElement): HTMLElement {
  const title = element('h3', { text: 'Problems in the routes', attributes: { id: 'lint-title' } });
  return element('section', {
    class: 'lint',
    attributes: { 'aria-labelledby': 'lint-title' },
    children: [element('header', { class: 'section-head', children: [title, note] }), list, run],
  });
}

function describeWait(utterances: number): string {
  return utterances === 0
    ? 'There are no sentences yet to look at'
    : `With ${utterances.toLocaleString('en')} sentences this takes a while`;
}

function describe({ examined, utterances }: LintReport): string {
  const all = formatCount(utterances, 'sentence');
  const which = examined === utterances ? `Each of ${all}` : `${examined.toLocaleString('en')} of ${all}`;
  return `${which} left out, and asked`;
}

function createFindings(findings: readonly LintFinding[], onRoute: (name: string) => void): readonly HTMLElement[] {
  if (findings.length === 0) {
    return [element('li', { class: 'finding', text: 'None. The routes are told well apart.' })];
  }
  const shown = findings.slice(0, SHOWN_FINDINGS).map((finding) => createFinding(finding, onRoute));
  const rest = findings.length - shown.length;
  return rest === 0 ? shown : [...shown, element('li', { class: 'findings__rest', text: `And ${rest} more.` })];
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
