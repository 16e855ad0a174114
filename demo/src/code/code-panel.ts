/** Owns the tab that people leave with: working code with their routes in it, and a link that holds them. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { createChoices, type Choice } from '../choices.ts';
import { button, element, setText } from '../dom.ts';
import { toFailure } from '../engine.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { toRoute } from '../route-edits.ts';
import { toFragment } from '../share.ts';
import type { NoticeView } from '../views/notice-view.ts';
import { toSnippet, type Home } from './snippets.ts';

export interface CodePanelOptions {
  readonly context: PanelContext;
  readonly notice: NoticeView;
  /** What is typed. */
  readonly text: () => string;
}

const HOMES: readonly Choice<Home>[] = [
  { value: 'browser', name: 'Browser', note: 'In a worker of the page' },
  { value: 'node', name: 'Node', note: 'On a thread of its own' },
  { value: 'edge', name: 'Edge', note: 'In a Cloudflare Worker' },
];
/** More is copied than shown: a page of five thousand sentences would take long to lay out. */
const SHOWN_LINES = 160;
/** What is typed is written into the code when the typing pauses. */
const PAUSE_MS = 300;

export function createCodePanel({ context, notice, text }: CodePanelOptions): Panel {
  let routes: readonly RouteSnapshot[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const home = createChoices({ id: 'home', label: 'Where it runs', choices: HOMES, first: 'browser', onChange: show });
  const code = element('code', { attributes: { 'data-testid': 'snippet' } });
  const cut = element('p', { class: 'field__note' });
  const copy = button(
    'Copy code',
    { kind: 'primary', testId: 'copy-code' },
    () => void copyText(snippet(), 'The code'),
  );
  const share = button('Copy a link to these routes', { testId: 'share' }, () => void shareRoutes());
  const link = element('input', {
    class: 'input',
    attributes: {
      type: 'text',
      readonly: '',
      'aria-label': 'Link to these routes',
      'data-testid': 'share-link',
      hidden: '',
    },
  });
  const status = element('p', { class: 'field__note', attributes: { 'data-testid': 'copied' } });
  const root = element('div', {
    class: 'code',
    children: [
      element('div', {
        class: 'code__bar',
        children: [home.root, copy],
      }),
      element('pre', {
        class: 'code__text',
        attributes: { tabindex: '0', role: 'region', 'aria-label': 'Code with your routes' },
        children: [code],
      }),
      cut,
      element('section', {
        class: 'stack code__share',
        attributes: { 'aria-labelledby': 'share-title' },
        children: [
          element('h3', { class: 'section-title', text: 'Share', attributes: { id: 'share-title' } }),
          element('p', {
            text: 'The link holds the routes and the sentence themselves, after the #, which browsers send to no server. Whoever opens it is asked before anything of theirs is replaced.',
          }),
          share,
          link,
          status,
        ],
      }),
    ],
  });

  function snippet(): string {
    return toSnippet(home.value() ?? 'browser', routes.map(toRoute), text());
  }

  function show(): void {
    const lines = snippet().split('\n');
    setText(code, lines.slice(0, SHOWN_LINES).join('\n'));
    setText(
      cut,
      lines.length > SHOWN_LINES
        ? `${(lines.length - SHOWN_LINES).toLocaleString('en')} more lines are copied too.`
        : '',
    );
  }

  async function copyText(value: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(value);
      setText(status, `${what} is in the clipboard.`);
      context.say(`${what} is in the clipboard.`);
    } catch {
      setText(status, 'The browser does not let this page write to the clipboard; select the text and copy it.');
    }
  }

  async function shareRoutes(): Promise<void> {
    try {
      const fragment = await toFragment({ routes: routes.map(toRoute), text: text() });
      const url = new URL(location.href);
      url.hash = fragment;
      link.value = url.href;
      link.hidden = false;
      await copyText(url.href, 'The link');
      link.select();
    } catch (error) {
      notice.fail(toFailure(error));
    }
  }

  return {
    root,
    setVisible: () => undefined,
    routesChanged(next) {
      routes = next;
      link.hidden = true;
      show();
    },
    answered() {
      clearTimeout(timer);
      timer = setTimeout(show, PAUSE_MS);
    },
  };
}
