/** Owns the tab that people leave with: working code with their routes in it, and a link that holds them. */

import type { RouteSnapshot } from 'synaptoroute/browser';
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

const HOMES: readonly (readonly [home: Home, label: string])[] = [
  ['browser', 'Browser'],
  ['node', 'Node'],
  ['edge', 'Edge'],
];
/** More is copied than shown: a page of five thousand sentences would take long to lay out. */
const SHOWN_LINES = 160;
/** What is typed is written into the code when the typing pauses. */
const PAUSE_MS = 300;

export function createCodePanel({ context, notice, text }: CodePanelOptions): Panel {
  let routes: readonly RouteSnapshot[] = [];
  let home: Home = 'browser';
  let timer: ReturnType<typeof setTimeout> | undefined;
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
        children: [
          createChoice((chosen) => {
            home = chosen;
            show();
          }),
          copy,
        ],
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
    return toSnippet(home, routes.map(toRoute), text());
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

function createChoice(onChoose: (home: Home) => void): HTMLElement {
  const options = HOMES.map(([home, label], i) => {
    const input = element('input', {
      attributes: { type: 'radio', name: 'home', value: home, id: `home-${home}`, ...(i === 0 && { checked: '' }) },
    });
    input.addEventListener('change', () => onChoose(home));
    return element('label', {
      class: 'choice__option',
      attributes: { for: `home-${home}` },
      children: [input, element('span', { text: label })],
    });
  });
  return element('fieldset', {
    class: 'choice',
    children: [element('legend', { class: 'unseen', text: 'Where it runs' }), ...options],
  });
}
